// The five meters that draw most.

import { useEffect } from "preact/hooks";
import { html } from "../../core/html.js";
import { isNow } from "../../core/clock.js";
import { Link } from "../../core/router.js";
import { topic, want } from "../../core/stream.js";
import { amountsOf } from "../../parts/amounts.js";
import { demandOf } from "../../parts/scale.js";

const FIVE = 5;

/** @param {{commodity: string}} props */
export function TopFive({ commodity }) {
  const name = `top:${commodity}`;
  useEffect(() => want(name), [name]);
  const found = topic(name).value?.power ?? [];
  const items = found.slice(0, FIVE);
  const { unit, text } = amountsOf(commodity, "rate", items.map(demandOf));
  return html`<section class="panel room-top" aria-labelledby="top-five">
    <h2 id="top-five">Top five${isNow.value ? " now" : ""}</h2>
    ${items.length === 0 && html`<p class="muted">No meter draws anything.</p>`}
    <ol class="top-five">
      ${items.map(
        (/** @type {any} */ meter) => html`<li key=${meter.meter_id}>
          <${Link} to=${`/meters/${encodeURIComponent(meter.meter_id)}`}>${meter.meter_id}<//>
          <span class="muted">${meter.area}</span>
          <span class="number"><b>${text(demandOf(meter))}</b> <span class="unit">${unit}</span></span>
        </li>`,
      )}
    </ol>
    <p class="more"><${Link} to=${`/top?commodity=${commodity}`}>Top ten<//></p>
  </section>`;
}
