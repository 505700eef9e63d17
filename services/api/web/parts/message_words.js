// What messages to people are, in words.

import { html } from "../core/html.js";
import { counted } from "../core/format.js";
import { Link } from "../core/router.js";
import { kindName } from "./alert_words.js";

/**
 * @typedef {object} MessageGroup
 * @property {string} kind
 * @property {string} why
 * @property {string} subject
 * @property {number} alerts
 * @property {string[]} alert_ids
 */

/**
 * @typedef {object} Message as the API has it
 * @property {string} id
 * @property {string} channel
 * @property {string} state
 * @property {string} since
 * @property {string} settled_at
 * @property {number} groups_count
 * @property {MessageGroup[]} groups
 * @property {string | null} problem
 * @property {string | null} again_at
 * @property {string | null} customer
 */

/** @type {Record<string, string>} */
export const WHYS = { opened: "Begun", updated: "News", ended: "Over", repeated: "Again", escalated: "Escalated" };

/** What it said. @param {{message: Message}} props */
export function Said({ message }) {
  if (message.groups_count === 1) return html`<${Group} group=${message.groups[0]} />`;
  return html`<details>
    <summary>Digest of ${counted(message.groups_count, "group")}</summary>
    <ul class="groups">
      ${message.groups.map((each, n) => html`<li key=${n}><${Group} group=${each} /></li>`)}
      ${message.groups_count > message.groups.length &&
      html`<li>and ${counted(message.groups_count - message.groups.length, "more", "more")}</li>`}
    </ul>
  </details>`;
}

/** @param {{group: MessageGroup}} props */
function Group({ group }) {
  const [first] = group.alert_ids;
  const what = `${kindName(group.kind)} ${group.subject}`;
  return html`<span>${WHYS[group.why]}: ${first === undefined ? what : html`<${Link} to=${`/alerts/${encodeURIComponent(first)}`}>${what}<//>`}${
    group.alerts > 1 && ` and ${counted(group.alerts - 1, "more", "more")}`
  }</span>`;
}
