/** Icons: words stand beside each, so none of them is read out. */

import { html } from "../core/html.js";

/** Lines on a square of 24. */
const PATHS = {
  map: "M9 4 3 6.5v13.5l6-2.5 6 2.5 6-2.5V4l-6 2.5L9 4zm0 0v13.5m6-11v13.5",
  alert: "M12 3 2 20.5h20L12 3zm0 7v5m0 2.6v.4",
  told: "M4 5h16v11H10l-5 4v-4H4zM8 9h8m-8 3.500h5",
  top: "M4 20V12h4v8zm6 0V4h4v16zm6 0v-5h4v5z",
  meter: "M4 4h16v16H4zM8 15a4.5 4.5 0 0 1 8 0m-4-1 2-3.5",
  bill: "M5 3h14v18l-3-2-2 2-2-2-2 2-2-2-3 2zM8.500 8h7m-7 4h7",
  settlement: "M12 4v16M5 7h14M5 7l-3 7h6zm14 0-3 7h6zM8 20h8",
  system: "M4 5h16v5H4zm0 9h16v5H4zm3-6.5h.1m-.1 9h.1",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 8c1-4 4-5.5 8-5.5s7 1.5 8 5.5",
  region: "M4 6 9 4l6 2 5-2v14l-5 2-6-2-5 2zM9 4v14M4 12h16",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 5 5",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.500a2.5 2.5 0 1 1 3.5 2.300c-.7.4-1 .9-1 1.700m0 3v.3",
  close: "M6 6l12 12M18 6 6 18",
};

/** @param {{name: keyof typeof PATHS}} props */
export function Icon({ name }) {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d=${PATHS[name]} /></svg>`;
}
