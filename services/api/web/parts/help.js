/** Which keys there are. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../core/html.js";

export const helpOpen = signal(false);

const KEYS = [
  ["/", "search for a meter"],
  ["?", "this help"],
  ["j k", "in the list of alerts: down, up"],
  ["x", "in the list of alerts: choose"],
  ["e", "in the list of alerts: acknowledge"],
  ["arrows", "on the map: to the next cell; in a chart: to the next point"],
  ["l", "the map as a list"],
  ["T", "a chart as a table"],
];

/** @param {{links: {key: string, label: string}[]}} props */
export function Help({ links }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  return html`<dialog ref=${dialog} class="dialog" aria-labelledby="help-title" onClose=${() => (helpOpen.value = false)}>
    <h2 id="help-title">Keys</h2>
    <dl class="keys">
      ${[...links.map(({ key, label }) => [`g ${key}`, label]), ...KEYS].map(
        ([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`,
      )}
    </dl>
    <button type="button" onClick=${() => (helpOpen.value = false)}>Close</button>
  </dialog>`;
}
