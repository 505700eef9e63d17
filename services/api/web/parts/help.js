/** Which keys there are, and what words mean. */

import { html } from "../core/html.js";
import { Dialog } from "./dialog.js";

const KEYS = [
  ["/", "search for a meter"],
  ["?", "this help"],
  ["Esc", "close what is open"],
  ["j k", "in the list of alerts: down, up"],
  ["x", "in the list of alerts: choose"],
  ["e", "in the list of alerts: acknowledge"],
  ["← ↑ → ↓", "on the map: to the next cell; in a chart: to the next point"],
  ["Enter", "on the map: open the cell"],
  ["l", "the map as a list"],
  ["T", "a chart as a table"],
];
const WORDS = [
  ["Live", "readings come, and values are of now: by the time of the readings, which in a replay is long ago"],
  ["Delayed", "the stream should have moved by now"],
  ["Standing still", "nothing has moved for a minute: values are grey, and the last that are known"],
  ["No connection", "the page does not reach WattStream"],
  ["Silent", "nothing came of a meter for longer than its value holds"],
];

/** @param {{links: readonly {key: string, label: string}[], onClose: () => void}} props */
export function Help({ links, onClose }) {
  return html`<${Dialog} title="Help" onClose=${onClose}>
    <h3>Keys</h3>
    <dl class="keys">
      ${[...links.map(({ key, label }) => [`g ${key}`, label]), ...KEYS].map(
        ([keys, text]) => html`<div key=${keys}>
          <dt>${keys.split(" ").map((key) => html`<kbd key=${key}>${key}</kbd> `)}</dt>
          <dd>${text}</dd>
        </div>`,
      )}
    </dl>
    <h3>Words</h3>
    <dl class="keys">
      ${WORDS.map(([word, text]) => html`<div key=${word}><dt>${word}</dt><dd>${text}</dd></div>`)}
    </dl>
    <p>For programs: <a href="/v1">/v1</a> lists what can be asked, <a href="/openapi.json">/openapi.json</a> says how.</p>
  <//>`;
}
