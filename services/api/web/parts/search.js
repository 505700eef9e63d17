/** Going to meters whose ids begin so. */

import { html } from "../core/html.js";
import { link, navigate } from "../core/router.js";

/** @param {{isOpen: boolean, field: {current: HTMLInputElement | null}}} props */
export function Search({ isOpen, field }) {
  /** @param {SubmitEvent} event */
  const go = (event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text !== "") navigate(link("/meters", { q: text }));
  };
  return html`<form class="search ${isOpen ? "is-open" : ""}" role="search" aria-label="Page" onSubmit=${go}>
    <label class="unseen" for="search">Search for a meter</label>
    <input id="search" ref=${field} type="search" placeholder="Meter id   /" spellcheck=${false} autocomplete="off" maxlength="64" />
  </form>`;
}
