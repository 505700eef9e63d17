// What the colours of the map mean, with their units.

import { html } from "../../core/html.js";
import { stepsOf } from "../../parts/scale.js";

/**
 * @param {object} props
 * @param {"demand" | "silent"} props.measure
 * @param {import("../../parts/scale.js").Commodity} props.commodity
 * @param {(value: number) => string} props.write Writes a bound with its unit.
 */
export function Legend({ measure, commodity, write }) {
  const steps = stepsOf(measure, commodity);
  const name = measure === "demand" ? "Demand per meter" : "Meters that are silent";
  return html`<figure class="legend">
    <figcaption>${name}</figcaption>
    <ul>
      ${steps.map(
        (step) => html`<li key=${step.level}>
          <span class="swatch level-${step.level}" aria-hidden="true"></span>${words(step, write)}
        </li>`,
      )}
      <li><span class="swatch is-outage" aria-hidden="true"></span>outage open</li>
    </ul>
  </figure>`;
}

/**
 * A step in words.
 * @param {import("../../parts/scale.js").Step} step
 * @param {(value: number) => string} write
 */
export function words({ from, to }, write) {
  if (from === null) return "feeds back";
  if (from === to) return "none";
  if (to === null) return `from ${write(from)}`;
  if (from === 0) return `up to ${write(to)}`;
  const [low, unit] = write(from).split(" ");
  return write(to).endsWith(` ${unit}`) ? `${low} – ${write(to)}` : `${low} ${unit} – ${write(to)}`;
}
