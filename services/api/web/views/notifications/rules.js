/** Rules as the notifier has read them. */

import { html } from "../../core/html.js";
import { span } from "../../core/format.js";
import { capital, kindName } from "../../parts/alert_words.js";
import { Table } from "../../parts/table.js";

/**
 * @typedef {object} Rule as the API has it
 * @property {string} name
 * @property {string[] | null} kinds
 * @property {string | null} severity
 * @property {string | null} area
 * @property {string | null} subject
 * @property {string[]} to
 * @property {string} group_by
 * @property {number} for_ms
 * @property {number} wait_ms
 * @property {number} update_every_ms
 * @property {number | null} repeat_every_ms
 * @property {number} max_repeats
 * @property {number | null} escalate_after_ms
 * @property {string[]} escalate_to
 * @property {string | null} quiet_from
 * @property {string | null} quiet_to
 * @property {string | null} quiet_zone
 * @property {string | null} quiet_but
 */

/** @type {import("../../parts/table.js").Column<Rule>[]} */
const COLUMNS = [
  { key: "name", label: "Rule", cell: ({ name }) => name },
  { key: "of", label: "Of", cell: ofWords },
  { key: "to", label: "Tells", cell: ({ to }) => to.join(", ") },
  { key: "when", label: "When", cell: whenWords },
  { key: "message", label: "One message is", cell: ({ group_by: by }) => (by === "incident" ? "an incident" : `what is of one ${by}`) },
  { key: "escalate", label: "If nobody acknowledges", cell: uncaredWords },
  { key: "quiet", label: "Quiet", cell: quietWords },
];

/** @param {{rules: Rule[], file: string | null}} props */
export function RuleTable({ rules, file }) {
  return html`<${Table} name="Rules, in their order" columns=${COLUMNS} rows=${rules} id=${(/** @type {Rule} */ each) => each.name} empty="There is no rule: nobody is told of anything." />
    ${rules.length > 0 && html`<p class="muted">The first rule that applies takes an alert. They are in <code>${file}</code>, which the notifier reads again when it changes.</p>`}`;
}

/** @param {Rule} rule */
function ofWords({ kinds, severity, area, subject }) {
  const least = severity?.startsWith(">=") ? `${capital(severity.slice(2))} or worse` : severity && capital(severity);
  const said = [kinds === null ? "All kinds" : kinds.map(kindName).join(", "), least, area && `area ${area}`, subject && `subject ${subject}`];
  return said.filter(Boolean).join("; ");
}

/** @param {Rule} rule */
function whenWords({ for_ms, wait_ms, update_every_ms }) {
  const lasts = for_ms === 0 ? "" : `if it lasts ${span(for_ms)}, `;
  return capital(`${lasts}after ${span(wait_ms)}; news each ${span(update_every_ms)} at most`);
}

/** @param {Rule} rule */
function uncaredWords({ repeat_every_ms, max_repeats, escalate_after_ms, escalate_to }) {
  const said = [
    repeat_every_ms !== null && `again each ${span(repeat_every_ms)}, ${max_repeats} times at most`,
    escalate_after_ms !== null && `${escalate_to.join(", ")} after ${span(escalate_after_ms)}`,
  ].filter(Boolean);
  return said.length === 0 ? "–" : capital(said.join("; "));
}

/** @param {Rule} rule */
function quietWords({ quiet_from, quiet_to, quiet_zone, quiet_but }) {
  if (quiet_from === null) return "–";
  return `${quiet_from} – ${quiet_to}, ${quiet_zone}${quiet_but === null ? "" : `; not of what is ${quiet_but} or worse`}`;
}
