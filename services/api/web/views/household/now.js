/** What a meter says now, or said last, and how old that is. */

import { Link } from "../../core/router.js";
import { abbreviation, clockAt, dayAt } from "../../parts/calendar.js";
import { ago, amount, day, exact } from "../../core/format.js";
import { html } from "../../core/html.js";
import { countedOf } from "./amounts.js";
import { dayEndedBy, rangeLink } from "./range.js";

/**
 * @typedef {object} MeterNow as the API answers it
 * @property {string} meter_id
 * @property {"reporting" | "holding" | "silent"} standing
 * @property {string} last_reading
 * @property {string} holds_until
 * @property {boolean} late
 * @property {string} quality
 * @property {number | null} voltage_v
 * @property {number | null} demand_w
 * @property {number | null} flow_l_per_h
 * @property {number | null} register_wh
 * @property {number | null} register_l
 * @property {number | null} cadence_ms
 */

/**
 * @param {{meter: MeterNow, commodity: string, zone: string, streamMs: number, isOld: boolean}} props
 *   `isOld`: the stream stands still, so that nothing is of now
 */
export function Now({ meter, commodity, zone, streamMs, isOld }) {
  const counted = countedOf(commodity);
  const lastMs = Date.parse(meter.last_reading);
  const isPast = isOld || meter.standing === "silent";
  const demand = meter[counted.demand];
  return html`<section class="card now ${isPast ? "is-past" : ""}" aria-labelledby="now-heading">
    <h2 id="now-heading">${isPast ? "Last known" : "Now"}</h2>
    <p class="now-demand">
      <span class="label">${counted.demandWord}</span>
      <strong class="big number">${demand === null ? "not said" : amount(counted.rate, demand)}</strong>
    </p>
    <p class="standing standing-${isOld ? "old" : meter.standing}">
      <span class="dot" aria-hidden="true"></span>
      ${standingWords(meter, zone, { lastMs, streamMs, isOld })}
    </p>
    <dl class="facts">
      <div>
        <dt>Register</dt>
        <dd class="number">${register(meter, counted)}</dd>
      </div>
      <div>
        <dt>Last reading</dt>
        <dd>
          <${Link} to=${rangeLink(meter.meter_id, "day", dayEndedBy(lastMs, zone))} title="That day"
            ><time datetime=${meter.last_reading}>
            ${clockAt(lastMs, zone, true)} ${abbreviation(lastMs, zone)}, ${day(lastMs, zone)}
            </time></${Link}
          >${" "}<span class="muted">${ageWords(streamMs - lastMs, isOld)}</span>
        </dd>
      </div>
      ${meter.voltage_v !== null &&
      html`<div>
        <dt>Voltage</dt>
        <dd class="number">${meter.voltage_v.toFixed(1)} V</dd>
      </div>`}
    </dl>
  </section>`;
}

/**
 * @param {number} ageMs
 * @param {boolean} isOld
 */
function ageWords(ageMs, isOld) {
  // How old that is on the wall, the banner says.
  return isOld ? "before readings stood still" : ago(ageMs);
}

/**
 * @param {MeterNow} meter
 * @param {import("./amounts.js").Counted} counted
 */
function register(meter, counted) {
  const value = meter[counted.register];
  return value === null ? "not said" : exact(value / 1_000, counted.kind === "wh" ? "kWh" : "m³");
}

/**
 * @param {MeterNow} meter
 * @param {string} zone
 * @param {{lastMs: number, streamMs: number, isOld: boolean}} known
 */
function standingWords(meter, zone, { lastMs, streamMs, isOld }) {
  const odd = [];
  if (meter.late) odd.push("the last one came late");
  if (meter.quality !== "measured" && meter.quality !== "final") odd.push(`the last one is ${meter.quality}`);
  const more = odd.length ? `; ${odd.join(", ")}` : "";
  if (isOld) return `All readings stand still since then${more}`;
  switch (meter.standing) {
    case "reporting":
      return `Reporting${more}`;
    case "holding":
      return `Holds until ${clockAt(Date.parse(meter.holds_until), zone, true)}, if nothing comes${more}`;
    default:
      return `Silent since ${sinceWords(lastMs, streamMs, zone)}: nothing came after it${more}`;
  }
}

/**
 * The time of the last reading, with its day if that is over.
 * @param {number} lastMs
 * @param {number} streamMs
 * @param {string} zone
 */
function sinceWords(lastMs, streamMs, zone) {
  const time = clockAt(lastMs, zone, true);
  return dayAt(lastMs, zone) === dayAt(streamMs, zone) ? time : `${time}, ${day(lastMs, zone)}`;
}
