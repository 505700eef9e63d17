/** What a meter is, as the registry has it, and the other meters of its customer. */

import { amount } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { may } from "../../core/session.js";
import { Link } from "../../core/router.js";
import { countedOf } from "./amounts.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const MOST_SIBLINGS = 8;

/**
 * @typedef {object} Entry as the API answers it
 * @property {string} meter_id
 * @property {string} commodity
 * @property {string | null} area
 * @property {boolean} announced
 * @property {string} time_zone
 * @property {number | null} cadence_ms
 * @property {"register" | "interval" | null} kind
 * @property {string | null} premises
 * @property {string | null} tariff
 * @property {string | null} customer
 * @property {string | null} feeder
 * @property {number | null} solar_w
 * @property {"on" | "off" | null} supply
 */

/** @param {Entry} entry */
export function entryWords(entry) {
  const words = [
    countedOf(entry.commodity).name,
    entry.premises,
    entry.tariff && `${entry.tariff} tariff`,
    entry.solar_w ? `solar, ${amount("w", entry.solar_w)} at most` : null,
    entry.cadence_ms && `reads each ${every(entry.cadence_ms)}`,
    entry.supply === "off" ? "supply is off" : null,
    entry.announced ? null : "not in the registry",
  ].filter(Boolean);
  const said = words.join(" · ");
  const area = may("read:areas") ? html`<${Link} to=${`/areas/${entry.area}`}>${entry.area}</${Link}>` : entry.area;
  return html`${said}${entry.area !== null && html` · area ${area}`}${entry.feeder && ` · feeder ${entry.feeder}`}`;
}

/**
 * A cadence in words.
 * @param {number} ms
 */
export function every(ms) {
  if (ms < MINUTE_MS || ms % MINUTE_MS !== 0) return `${ms / SECOND_MS} s`;
  const minutes = ms / MINUTE_MS;
  if (minutes % 60 !== 0) return `${minutes} min`;
  return minutes === 60 ? "hour" : `${minutes / 60} h`;
}

/** Links to the customer's other meters, such as those of gas and water. @param {{entry: Entry}} props */
export function Siblings({ entry }) {
  if (entry.customer === null) return null;
  return html`<${Meters} customer=${entry.customer} own=${entry.meter_id} />`;
}

/** @param {{customer: string, own: string}} props */
function Meters({ customer, own }) {
  const query = new URLSearchParams({ customer, limit: String(MOST_SIBLINGS) });
  const { data } = useResource(`/v1/meters?${query}`, {}).value;
  /** @type {Entry[]} */
  const items = data?.items ?? [];
  if (items.length < 2) return null;
  return html`<nav class="siblings" aria-label="Meters of this customer">
    ${items.map(
      (each) => html`<${Link}
        key=${each.meter_id}
        to=${`/meters/${encodeURIComponent(each.meter_id)}`}
        aria-current=${each.meter_id === own ? "page" : undefined}
        >${countedOf(each.commodity).name}${" "}<span class="muted">${each.meter_id}</span></${Link}
      >`,
    )}
  </nav>`;
}
