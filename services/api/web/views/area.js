/** An area, or a coarser cell of the map: what its meters draw, its day, and the meters themselves. */

import { isNow, streamTime } from "../core/clock.js";
import { ago, amount, zoneName } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link } from "../core/router.js";
import { clockAt, dayAt, dayIn } from "../parts/calendar.js";
import { Cells } from "./area/cells.js";
import { Day } from "./area/day.js";
import { MetersOf } from "./area/meters.js";
import { AlertsOf } from "./household/alerts.js";
import { COMMODITIES, countedOf } from "./household/amounts.js";

/** @param {{geohash: string}} params */
export const title = (params) => `Area ${params.geohash}`;

const AREA_LENGTH = 5;

/** @param {{params: {geohash: string}, query: URLSearchParams}} props */
export default function Area({ params, query }) {
  const { geohash } = params;
  const commodity = COMMODITIES.find((each) => each === query.get("commodity")) ?? "electricity";
  const found = useResource(`/v1/areas/${geohash}/now?commodity=${commodity}`, { every: 5_000 }).value;
  // An area has no zone of its own: that of one of its meters.
  const some = useResource(`/v1/meters?area=${geohash}&limit=1`, {}).value;
  const zone = some.data?.items[0]?.time_zone ?? "UTC";
  const streamMs = streamTime.value ?? Date.parse(found.data?.clock.stream_time ?? "");
  const isOld = !isNow.value;
  const isArea = geohash.length === AREA_LENGTH;
  return html`<article class="area">
    <header>
      <h1>${isArea ? "Area" : "Cell"} ${geohash}</h1>
      <nav class="siblings" aria-label="Of what">
        ${COMMODITIES.map(
          (each) => html`<${Link}
            key=${each}
            to=${`/areas/${geohash}?commodity=${each}`}
            aria-current=${each === commodity ? "page" : undefined}
            >${countedOf(each).name}</${Link}
          >`,
        )}
      </nav>
    </header>
    ${found.data === null
      ? html`<section class="card"><p role="status">${nothingWords(found.problem, commodity)}</p></section>`
      : html`<${AreaNow} cell=${found.data.cell} zone=${zone} streamMs=${streamMs} isOld=${isOld} />`}
    <${AlertsOf} path=${`/v1/alerts?area=${geohash}&life=open&life=acknowledged&limit=10`} zone=${zone} none="None is open." />
    ${isArea &&
    !Number.isNaN(streamMs) &&
    some.data !== null &&
    html`<${Day}
      geohash=${geohash}
      commodity=${commodity}
      zone=${zone}
      streamMs=${streamMs}
      day=${dayIn(query) ?? dayAt(streamMs, zone)}
    />`}
    ${isArea
      ? html`<${MetersOf} geohash=${geohash} commodity=${commodity} zone=${zone} query=${query} />`
      : found.data !== null && html`<${Cells} cell=${found.data.cell} commodity=${commodity} />`}
  </article>`;
}

/**
 * @param {{cell: Record<string, any>, zone: string, streamMs: number, isOld: boolean}} props
 */
function AreaNow({ cell, zone, streamMs, isOld }) {
  const counted = countedOf(cell.commodity);
  const known = cell.reporting + cell.holding + cell.silent;
  const demand = cell[counted.demand];
  const asOf = Date.parse(cell.as_of);
  return html`<section class="card now ${isOld ? "is-past" : ""}" aria-labelledby="area-now">
    <h2 id="area-now">${isOld ? "Last known" : "Now"}</h2>
    <p class="now-demand">
      <span class="label">${counted.demandWord}</span>
      <strong class="big number">${demand === null ? "not said" : amount(counted.rate, demand)}</strong>
    </p>
    <dl class="facts">
      <div><dt>Meters heard</dt><dd class="number">${cell.reporting + cell.holding} of ${known}</dd></div>
      <div><dt>Silent</dt><dd class="number">${cell.silent}</dd></div>
      <div><dt>Areas with meters</dt><dd class="number">${cell.areas}</dd></div>
      <div>
        <dt>As of</dt>
        <dd>${clockAt(asOf, zone, true)} ${zoneName(zone)} <span class="muted">${isOld ? "" : ago(streamMs - asOf)}</span></dd>
      </div>
    </dl>
  </section>`;
}

/**
 * @param {{status: number, title: string} | null} problem
 * @param {string} commodity
 */
function nothingWords(problem, commodity) {
  if (problem === null) return "Asking …";
  if (problem.status === 404) return `There is no meter of ${countedOf(commodity).name.toLowerCase()} here.`;
  return `It cannot be shown: ${problem.title}`;
}
