/** Channels, and how each does. */

import { html } from "../../core/html.js";
import { counted, number, zoneName } from "../../core/format.js";
import { Said } from "../../parts/message_words.js";
import { Table } from "../../parts/table.js";
import { Ago } from "../../parts/times.js";

/**
 * @typedef {object} Channel as the API has it
 * @property {string} name
 * @property {string} type
 * @property {string} language
 * @property {string} zone
 * @property {number} max_per_hour
 * @property {number} last_hour
 * @property {string | null} storm_since
 * @property {import("../../parts/message_words.js").Message | null} on_its_way
 * @property {string | null} problem
 * @property {boolean} for_customers
 * @property {number} waiting
 */

/** @type {Record<string, string>} */
const TYPES = { "home-assistant": "spoken, by Home Assistant", webhook: "web hook", alertmanager: "Alertmanager" };

/** @type {import("../../parts/table.js").Column<Channel>[]} */
const COLUMNS = [
  { key: "name", label: "Channel", cell: ({ name }) => name, by: ({ name }) => name },
  { key: "type", label: "How", cell: ({ type, for_customers }) => `${TYPES[type] ?? type}${for_customers ? ", to customers" : ""}` },
  { key: "words", label: "In", cell: ({ language, zone, for_customers }) => (for_customers ? "as each has chosen" : `${language}, ${zoneName(zone)}`) },
  {
    key: "hour",
    label: "In the last hour",
    number: true,
    cell: ({ last_hour, max_per_hour, for_customers }) => (for_customers ? `${number(max_per_hour)} to each at most` : `${number(last_hour)} of ${number(max_per_hour)}`),
    by: ({ last_hour }) => last_hour,
  },
  { key: "state", label: "State", cell: stateOf, by: ({ problem }) => (problem === null ? 1 : 0) },
  { key: "on-its-way", label: "On its way", cell: ({ on_its_way, waiting }) => (waiting > 0 ? counted(waiting, "message") : on_its_way !== null && html`<span><${Said} message=${on_its_way} />, begun <${Ago} at=${on_its_way.since} /></span>`) },
];

/** @param {{channels: Channel[]}} props */
export function ChannelTable({ channels }) {
  return html`<${Table} name="Channels" columns=${COLUMNS} rows=${channels} id=${(/** @type {Channel} */ each) => each.name} empty="There is no channel." />`;
}

/** @param {Channel} channel */
function stateOf({ type, problem, on_its_way, storm_since, waiting }) {
  if (problem !== null) return html`<span class="bad"><span aria-hidden="true">✗</span> ${problem}</span>`;
  if (storm_since !== null) return html`<span class="bad"><span aria-hidden="true">▲</span> so much that it gets digests, since <${Ago} at=${storm_since} /></span>`;
  if (type === "alertmanager") return "is shown what is open";
  return html`<span class="good"><span aria-hidden="true">✓</span> ${on_its_way === null && waiting === 0 ? "nothing waits" : "sends"}</span>`;
}
