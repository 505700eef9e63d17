// What all meters draw, by commodity, and of how many of them that is known.

import { html } from "../../core/html.js";
import { isNow, streamTime } from "../../core/clock.js";
import { amountsOf, commodityName, count } from "../../parts/amounts.js";
import { ProblemNote } from "../../parts/problem.js";
import { demandOf, metersOf } from "../../parts/scale.js";
import { StreamTime } from "../../parts/times.js";

/** @param {{items: any[], problem: any}} props */
export function FleetNow({ items, problem }) {
  return html`<section class="panel room-fleet" aria-labelledby="fleet">
    <h2 id="fleet">
      Fleet ${isNow.value ? "now" : html`at <${StreamTime} at=${streamTime.value} short />`}
    </h2>
    ${problem && !items.length && html`<${ProblemNote} problem=${problem} of="Fleet" />`}
    <ul class="fleet">
      ${items.map((fleet) => html`<${Commodity} key=${fleet.commodity} fleet=${fleet} />`)}
    </ul>
  </section>`;
}

/** @param {{fleet: any}} props */
function Commodity({ fleet }) {
  const demand = demandOf(fleet);
  const today = fleet.energy_today_wh ?? fleet.volume_today_l;
  const heard = fleet.reporting + fleet.holding;
  const missing = fleet.known - metersOf(fleet);
  return html`<li>
    <h3>${commodityName(fleet.commodity)}</h3>
    <p class="fleet-demand"><${Figure} commodity=${fleet.commodity} kind="rate" value=${demand} /></p>
    <p class="fleet-meters">
      <b>${count(heard)}</b> of ${count(fleet.known)} heard${fleet.silent > 0 &&
      html` · <b class="is-warn">${count(fleet.silent)} silent</b>`}${missing > 0 && html` · ${count(missing)} never heard`}
    </p>
    <p class="fleet-today"><${Figure} commodity=${fleet.commodity} kind="amount" value=${today} /> today (UTC)</p>
  </li>`;
}

/** @param {{commodity: string, kind: "rate" | "amount", value: number | null}} props */
function Figure({ commodity, kind, value }) {
  if (value === null) return html`<b>–</b>`;
  const { unit, text, exact } = amountsOf(commodity, kind, [value]);
  return html`<b title=${exact(value)}>${text(value)}</b> <span class="unit">${unit}</span>`;
}
