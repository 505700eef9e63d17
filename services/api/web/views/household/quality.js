/** How well a meter was heard in the span that is shown. */

import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { momentAt } from "../../parts/calendar.js";
import { historyPath } from "./range.js";

const MOST_LISTED = 10;

/**
 * @param {{meterId: string, range: import("./range.js").Range, zone: string, isEmpty: boolean}} props
 *   `isEmpty`: nothing of the span was measured, so that shares of it say nothing
 */
export function Quality({ meterId, range, zone, isEmpty }) {
  const { data, problem } = useResource(historyPath(meterId, "quality", range, zone), { every: 60_000 }).value;
  return html`<section class="card quality" aria-labelledby="quality-heading">
    <h2 id="quality-heading">Data quality</h2>
    <p class="muted">${range.title}</p>
    ${data === null
      ? html`<p>${problem ? `It cannot be told: ${problem.detail ?? problem.title}` : "Reading history …"}</p>`
      : html`${isEmpty ? html`<p>Nothing was measured.</p>` : html`<${Counts} quality=${data} />`}
          <${Times} title="No readings" items=${data.gaps} zone=${zone} none=${isEmpty ? undefined : "No gaps."} />
          <${Times} title="The register fell" items=${data.resets} zone=${zone} />
          <${Times} title="The register passed its end" items=${data.rollovers} zone=${zone} />`}
  </section>`;
}

/** @param {{quality: Record<string, number>}} props */
function Counts({ quality }) {
  const { readings, expected, lost, late, estimated, corrections } = quality;
  const share = expected > 0 ? ` (${whole((100 * readings) / expected)} %)` : "";
  return html`<dl class="facts">
    <div><dt>Readings</dt><dd class="number">${count(readings)} of ${count(expected)} expected${share}</dd></div>
    <div><dt>Lost</dt><dd class="number">${count(lost)}</dd></div>
    <div><dt>Late</dt><dd class="number">${count(late)}</dd></div>
    <div><dt>Corrected times</dt><dd class="number">${count(corrections)}</dd></div>
    <div><dt>Estimated</dt><dd class="number">${count(estimated)}</dd></div>
  </dl>`;
}

/**
 * @param {{title: string, items: {start: string, end: string}[], zone: string, none?: string}} props
 */
function Times({ title, items, zone, none }) {
  if (items.length === 0) return none ? html`<p class="muted">${none}</p>` : null;
  const more = items.length - MOST_LISTED;
  return html`<h3>${title}</h3>
    <ul class="times">
      ${items
        .slice(0, MOST_LISTED)
        .map(
          (each) => html`<li key=${each.start}>
            ${momentAt(Date.parse(each.start), zone)} – ${momentAt(Date.parse(each.end), zone)}
          </li>`,
        )}
      ${more > 0 && html`<li>and ${more} more: choose a shorter range to see them</li>`}
    </ul>`;
}

/** A share that is 100 only if it is. @param {number} percent */
function whole(percent) {
  return percent < 100 ? Math.min(99.9, Math.floor(10 * percent) / 10) : Math.round(percent);
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString("en-GB");
}
