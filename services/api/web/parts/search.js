/** Going to a meter by its id, or to those whose ids begin so. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";
import { navigate } from "../core/router.js";

export function Search() {
  const [text, setText] = useState("");
  /** @param {Event} event */
  const go = (event) => {
    event.preventDefault();
    if (text.trim() !== "") navigate(`/meters?q=${encodeURIComponent(text.trim())}`);
  };
  return html`<form class="search" role="search" onSubmit=${go}>
    <label class="unseen" for="search">Search for a meter</label>
    <input id="search" type="search" placeholder="Meter id   /" spellcheck=${false} autocomplete="off" value=${text}
      onInput=${(/** @type {InputEvent} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value)} />
  </form>`;
}
