/** A day of an area, as operators saw it live: late readings change nothing of it. */

import { zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { addDays, clockAt, dayAt, longDay } from "../../parts/calendar.js";
import { Chart } from "../../parts/chart.js";
import { countedOf, scaleOf } from "../household/amounts.js";
import { ticksOf } from "../household/bars.js";

const MINUTE_MS = 60_000;
const NARROW = matchMedia("(max-width: 40rem)");

/**
 * @param {{geohash: string, commodity: string, zone: string, streamMs: number, day: string}} props
 */
export function Day({ geohash, commodity, zone, streamMs, day }) {
  const query = new URLSearchParams({
    start: `${day}T00:00:00`,
    end: `${addDays(day, 1)}T00:00:00`,
    tz: zone,
    commodity,
  });
  const { data, problem } = useResource(`/v1/areas/${geohash}/history?${query}`, { every: MINUTE_MS }).value;
  const link = (/** @type {string} */ date) => `/areas/${geohash}?${new URLSearchParams({ commodity, date })}`;
  const after = addDays(day, 1);
  return html`<section class="card wide history" aria-labelledby="day-heading">
    <div class="range-at">
      <${Link} class="step" to=${link(addDays(day, -1))} aria-label="Day before">‹</${Link}>
      <h2 id="day-heading">${longDay(day)} <span class="muted">${zoneName(zone)}, as it was seen live</span></h2>
      ${after <= dayAt(streamMs, zone)
        ? html`<${Link} class="step" to=${link(after)} aria-label="Day after">›</${Link}>`
        : html`<span class="step is-off" aria-hidden="true">›</span>`}
    </div>
    ${data === null
      ? html`<div class="chart-waits" role="status">
          ${problem ? `The curve cannot be shown: ${problem.detail ?? problem.title}` : "Reading history …"}
        </div>`
      : html`<${Curve} ...${{ data, geohash, commodity, zone, streamMs, day }} />`}
  </section>`;
}

/**
 * @param {{data: Record<string, any>, geohash: string, commodity: string, zone: string,
 *   streamMs: number, day: string}} props
 */
function Curve({ data, geohash, commodity, zone, streamMs, day }) {
  const counted = countedOf(commodity);
  const from = Date.parse(data.start);
  const to = Date.parse(data.end);
  /** @type {Record<string, any>[]} */
  const items = data.items;
  const scale = scaleOf(counted.rate, items.map((each) => each[counted.demand]));
  const points = items.map((each, index) => {
    const start = Date.parse(each.start);
    const next = items[index + 1];
    const value = each[counted.demand];
    const silent = each.silent ? `, ${each.silent} silent` : "";
    return {
      start,
      // A minute that is not there is as the one before.
      end: next === undefined ? Math.min(to, Math.max(start + MINUTE_MS, streamMs)) : Date.parse(next.start),
      value,
      height: value,
      marks: [],
      when: clockAt(start, zone),
      note: `${each.meters} meters${silent}`,
    };
  });
  const last = points.at(-1);
  const drawn = last === undefined ? points : [...points, { ...last, start: last.end, when: clockAt(last.end, zone) }];
  return html`<${Chart}
    kind="line"
    align=${1}
    points=${drawn}
    from=${from}
    to=${to}
    zone=${zone}
    ticks=${ticksOf(from, to, "PT30M", zone, NARROW.matches)}
    one=${scale.one}
    axisText=${scale.text}
    text=${scale.text}
    unit=${scale.unit}
    words=${{
      name: `${counted.demandWord} of area ${geohash}, ${longDay(day)}, ${scale.unit}`,
      value: `${counted.demandWord}, ${scale.unit}`,
      when: zoneName(zone),
      summary: items.length ? mostWords(points, scale) : "Nothing was written of this day.",
    }}
  />`;
}

/**
 * @param {{value: number | null, when: string}[]} points
 * @param {{text: (value: number) => string, unit: string}} scale
 */
function mostWords(points, { text, unit }) {
  const most = points.reduce((best, each) => ((each.value ?? -Infinity) > (best.value ?? -Infinity) ? each : best));
  return most.value === null ? "Its demand is not known." : `At most ${text(most.value)} ${unit}, at ${most.when}.`;
}
