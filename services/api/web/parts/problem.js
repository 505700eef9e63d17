/** What the API could not do, and what to do about it. */

import { html } from "../core/html.js";

/**
 * @param {object} props
 * @param {import("../core/api.js").Problem} props.problem
 * @param {string} [props.of] what is not there for it
 * @param {() => void} [props.again]
 */
export function ProblemNote({ problem, of, again }) {
  const { title, detail, status, errors } = problem;
  const unknown = status === 404;
  return html`<div class="note note-bad" role="status">
    <p><strong>${of === undefined ? "" : `${of}: `}${unknown ? "There is nothing here that you may see" : title}.</strong>
      ${" "}${unknown ? "It is unknown, or somebody else's." : detail}</p>
    ${errors?.map(({ pointer, detail: why }) => html`<p key=${pointer}>${pointer}: ${why}</p>`)}
    ${again !== undefined && !unknown && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** The shape of what is to come. @param {{lines?: number, label?: string}} props */
export function Skeleton({ lines = 3, label = "Loading" }) {
  return html`<div class="skeleton" role="status" aria-label=${label}>
    ${Array.from({ length: lines }, (_, at) => html`<div key=${at} class="skeleton-line"></div>`)}
  </div>`;
}

/**
 * What a resource has: its data, the shape of it, or why there is none. Data that is old because
 * the last attempt failed is shown with that.
 * @param {object} props
 * @param {import("../core/resource.js").Resource} props.resource
 * @param {(data: any) => unknown} props.children
 * @param {string} [props.of]
 * @param {number} [props.lines]
 */
export function Loaded({ resource, children, of, lines }) {
  const { data, problem, again } = resource;
  return html`
    ${problem !== null && html`<${ProblemNote} problem=${problem} of=${of} again=${again} />`}
    ${data !== null ? children(data) : problem === null && html`<${Skeleton} lines=${lines} label=${of} />`}
  `;
}
