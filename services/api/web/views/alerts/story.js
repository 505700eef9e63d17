// How an alert came to be as it is: what the readings showed, and what people said. The first is by
// the time of the stream, the second by the clock on the wall, so they are two lists.

import { html } from "../../core/html.js";
import { exactly } from "../../parts/amounts.js";
import { CAUSES, Severity, evidenceName } from "../../parts/alert_words.js";

const STATES = { opened: "Opened", updated: "Updated", closed: "Closed" };
const MOST_VERSIONS = 50;

/**
 * The numbers that the rule compared, of the last word.
 * @param {{numbers: Record<string, number>}} props
 */
export function Evidence({ numbers }) {
  const entries = Object.entries(numbers);
  if (!entries.length) return null;
  return html`<dl class="evidence">
    ${entries.map(([name, value]) => {
      const [words, unit] = evidenceName(name);
      return html`<div key=${name}>
        <dt>${words}</dt>
        <dd><b>${exactly(value)}</b>${unit && html` <span class="unit">${unit}</span>`}</dd>
      </div>`;
    })}
  </dl>`;
}

/**
 * @param {object} props
 * @param {any[]} props.versions In their order.
 * @param {boolean} props.whole Whether none is missing.
 * @param {(time: string) => any} props.time Writes a time of the stream.
 */
export function Versions({ versions, whole, time }) {
  const newest = versions.toReversed();
  return html`<ol class="story" reversed>
      ${newest.slice(0, MOST_VERSIONS).map(
        (each, number) => html`<li key=${each.version}>
          <p class="story-head">
            <b>${STATES[each.state] ?? each.state}</b> ${time(each.at)} <${Severity} severity=${each.severity} />
          </p>
          <p>${change(each, newest[number + 1])}</p>
        </li>`,
      )}
    </ol>
    ${!whole && html`<p class="muted">Earlier words are not to be had: history does not answer.</p>`}
    ${newest.length > MOST_VERSIONS && html`<p class="muted">${newest.length - MOST_VERSIONS} earlier words are left out.</p>`}`;
}

/**
 * What is otherwise than in the word before.
 * @param {any} version
 * @param {any | undefined} before
 */
export function change(version, before) {
  const said = [];
  if (!before || before.text !== version.text) said.push(version.text);
  if (before && before.cause !== version.cause && version.cause in CAUSES) said.push(`${CAUSES[version.cause]}.`);
  if (version.homes_count > 1 && (before?.homes_count !== version.homes_count || before.homes_out !== version.homes_out)) {
    const out = version.homes_out === null ? "" : `, ${version.homes_out} of them out`;
    said.push(`${version.homes_count} homes${out}.`);
  }
  return said.join(" ") || "Nothing new: it goes on.";
}

/**
 * What people said, the newest first.
 * @param {{notes: any[], time: (time: string) => any}} props
 */
export function Notes({ notes, time }) {
  if (!notes.length) return html`<p class="muted">Nobody has said anything yet.</p>`;
  return html`<ol class="story" reversed>
    ${notes.toReversed().map(
      (note) => html`<li key=${`${note.said_at} ${note.who} ${note.text}`}>
        <p class="story-head">
          <b>${note.who}</b> ${note.what === "acknowledged" ? "looks after it" : "noted"} ${time(note.said_at)}
        </p>
        ${note.text && html`<p class="note-text">${note.text}</p>`}
      </li>`,
    )}
  </ol>`;
}
