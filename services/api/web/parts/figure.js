/** A number that somebody looks for: what it is, its unit, all of its digits, and how old it is. */

import { html } from "../core/html.js";
import { isNow } from "../core/clock.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.text the number and its unit
 * @param {string} [props.exact] all digits, shown to who looks closer
 * @param {unknown} [props.note] such as its time
 * @param {boolean} [props.live] grey where live values are not of now
 * @param {boolean} [props.large]
 */
export function Figure({ label, text, exact, note, live = false, large = false }) {
  const old = live && !isNow.value;
  return html`<div class="figure ${large ? "figure-large" : ""} ${old ? "is-old" : ""}">
    <dt>${label}</dt>
    <dd>
      <span class="figure-text" title=${exact} tabindex=${exact === undefined ? undefined : 0}>${text}</span>
      ${note !== undefined && html`<small>${note}</small>`}
    </dd>
  </div>`;
}

/** Several of them. @param {{children?: unknown}} props */
export function Figures({ children }) {
  return html`<dl class="figures">${children}</dl>`;
}
