/** The meters of an area, with what each says now. */

import { isNow } from "../../core/clock.js";
import { ago, zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { clockAt } from "../../parts/calendar.js";
import { ProblemNote, Skeleton } from "../../parts/problem.js";
import { Table } from "../../parts/table.js";
import { countedOf, scaleOf } from "../household/amounts.js";

/** Of a phone, on which each is a card, fewer. */
const LIMIT = matchMedia("(max-width: 40rem)").matches ? 20 : 50;
const STANDING_WORDS = { reporting: "reporting", holding: "holds its last value", silent: "silent" };

/**
 * @param {{geohash: string, commodity: string, zone: string, query: URLSearchParams}} props
 */
export function MetersOf({ geohash, commodity, zone, query }) {
  const asked = new URLSearchParams({ commodity, limit: String(LIMIT) });
  const cursor = query.get("cursor");
  if (cursor) asked.set("cursor", cursor);
  const { data, problem, again } = useResource(`/v1/areas/${geohash}/meters?${asked}`, { every: 10_000 }).value;
  const isTooOld = problem?.status === 400 && cursor !== null;
  const page = (/** @type {string | null} */ at) =>
    `/areas/${geohash}?${new URLSearchParams({ commodity, ...(at ? { cursor: at } : {}) })}`;
  return html`<section class="wide" aria-labelledby="meters-heading">
    <h2 id="meters-heading">Meters</h2>
    ${isTooOld && html`<p class="note" role="status">This page of the list is too old: begin with the first one.</p>`}
    ${problem !== null && !isTooOld && html`<${ProblemNote} problem=${problem} of="Meters" again=${again} />`}
    ${data === null && problem === null && html`<${Skeleton} lines=${5} label="Meters" />`}
    ${data !== null && html`<${Rows} items=${data.items} commodity=${commodity} zone=${zone} geohash=${geohash} />`}
    <nav class="pager" aria-label="Pages of meters">
      ${cursor && html`<${Link} to=${page(null)}>First page</${Link}>`}
      ${data?.next && html`<${Link} rel="next" to=${page(data.next)}>Next page</${Link}>`}
    </nav>
  </section>`;
}

/** @typedef {import("../household/now.js").MeterNow & {meter_id: string, age_ms: number | null}} Row */

/** @param {{items: Row[], commodity: string, zone: string, geohash: string}} props */
function Rows({ items, commodity, zone, geohash }) {
  const counted = countedOf(commodity);
  const scale = scaleOf(counted.rate, items.map((each) => each[counted.demand]));
  const isOld = !isNow.value;
  const isPast = (/** @type {Row} */ each) => isOld || each.standing === "silent";
  const columns = [
    {
      key: "meter",
      label: "Meter",
      by: (/** @type {Row} */ each) => each.meter_id,
      cell: (/** @type {Row} */ { meter_id: id }) =>
        html`<${Link} to=${`/meters/${encodeURIComponent(id)}`}>${id}</${Link}>`,
    },
    {
      key: "demand",
      label: `${isOld ? "Last " : ""}${counted.demandWord}, ${scale.unit}`,
      number: true,
      by: (/** @type {Row} */ each) => each[counted.demand],
      cell: (/** @type {Row} */ each) => {
        const demand = each[counted.demand];
        return demand === null ? "–" : scale.text(demand);
      },
    },
    {
      key: "standing",
      label: "Standing",
      by: (/** @type {Row} */ each) => each.standing,
      cell: (/** @type {Row} */ { standing }) =>
        html`<span class=${`standing standing-${standing}`}><span class="dot" aria-hidden="true"></span>${STANDING_WORDS[standing]}</span>`,
    },
    {
      key: "last",
      label: `Last reading, ${zoneName(zone)}`,
      by: (/** @type {Row} */ each) => Date.parse(each.last_reading),
      cell: (/** @type {Row} */ each) =>
        html`<span><time datetime=${each.last_reading}>${clockAt(Date.parse(each.last_reading), zone, true)}</time>
          <span class="muted">${isOld || each.age_ms === null ? "" : ` ${ago(each.age_ms)}`}</span></span>`,
    },
    {
      key: "quality",
      label: "Quality",
      cell: (/** @type {Row} */ each) => `${each.quality}${each.late ? ", late" : ""}`,
    },
  ];
  return html`<${Table}
    name=${`Meters of ${geohash}`}
    columns=${columns}
    rows=${items}
    id=${(/** @type {Row} */ each) => each.meter_id}
    rowClass=${(/** @type {Row} */ each) => (isPast(each) ? "is-old" : "")}
  />`;
}
