/** The alerts of a meter or of an area: each with its severity and its state in words. */

import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { momentAt } from "../../parts/calendar.js";
import { LIVES, Severity, kindName } from "../../parts/alert_words.js";

/**
 * @param {{path: string, zone: string, none: string}} props
 */
export function AlertsOf({ path, zone, none }) {
  const { data, problem } = useResource(path, { every: 10_000 }).value;
  /** @type {Record<string, any>[]} */
  const items = data?.items ?? [];
  return html`<section class="card alerts-of" aria-labelledby="alerts-heading">
    <h2 id="alerts-heading">Alerts</h2>
    ${data === null && html`<p class="muted">${problem ? `They cannot be told: ${problem.title}` : "Reading alerts …"}</p>`}
    ${data !== null && items.length === 0 && html`<p class="muted">${none}</p>`}
    ${items.length > 0 &&
    html`<ul class="alert-lines">
      ${items.map(
        (each) => html`<li key=${each.id}>
          <span>
            <${Severity} severity=${each.severity} />${" "}<${Link} to=${`/alerts/${encodeURIComponent(each.id)}`}
              >${kindName(each.kind)}</${Link}
            >
          </span>
          <span>${each.text}</span>
          <span class="muted">${LIVES[each.life]}, since ${momentAt(Date.parse(each.onset), zone)}</span>
        </li>`,
      )}
    </ul>`}
    ${data?.next && html`<p><${Link} to="/alerts">All alerts</${Link}></p>`}
  </section>`;
}
