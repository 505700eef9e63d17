// How an alert came to be as it is: what the readings showed, and what people said. The first is by
// the time of the stream, the second by the clock on the wall, so they are two lists.

import { html } from "../../core/html.js";
import { exactly } from "../../parts/amounts.js";
import { CAUSES, Severity, evidenceName, lengthWords } from "../../parts/alert_words.js";

const STATES = { opened: "Opened", updated: "Updated", closed: "Closed" };
const MOST_LINES = 50;

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
        <dd>
          ${unit === "ms"
            ? html`<b>${lengthWords(value)}</b>`
            : html`<b>${exactly(value)}</b>${unit && html` <span class="unit">${unit}</span>`}`}
        </dd>
      </div>`;
    })}
  </dl>`;
}

/**
 * @param {object} props
 * @param {string} props.kind Of the alert.
 * @param {any[]} props.versions In their order.
 * @param {boolean} props.whole Whether none is missing.
 * @param {(time: string) => any} props.time Writes a time of the stream.
 */
export function Versions({ kind, versions, whole, time }) {
  const newest = linesOf(versions, kind).toReversed();
  return html`<ol class="story" reversed>
      ${newest.slice(0, MOST_LINES).map(
        ({ last, times, words }) => html`<li key=${last.version}>
          <p class="story-head">
            <b>${STATES[last.state] ?? last.state}</b> ${time(last.at)} <${Severity} severity=${last.severity} />
          </p>
          <p>${words || goesOn(times)}</p>
        </li>`,
      )}
    </ol>
    ${!whole && html`<p class="muted">Earlier words are not to be had: history does not answer.</p>`}
    ${newest.length > MOST_LINES && html`<p class="muted">${newest.length - MOST_LINES} earlier words are left out.</p>`}`;
}

/**
 * What is told of versions: those that follow each other and say nothing new are one line, of the
 * last of them.
 * @param {any[]} versions In their order.
 * @param {string} kind Of the alert.
 */
export function linesOf(versions, kind) {
  /** @type {{last: any, times: number, words: string}[]} */
  const lines = [];
  versions.forEach((version, place) => {
    const words = change(version, versions[place - 1], kind);
    const before = lines.at(-1);
    if (words === "" && before?.words === "") lines[lines.length - 1] = { last: version, times: before.times + 1, words };
    else lines.push({ last: version, times: 1, words });
  });
  return lines;
}

/** @param {number} times How often nothing new was said. */
export const goesOn = (times) => (times === 1 ? "Nothing new: it goes on." : `Nothing new, ${times} times, the last one then: it goes on.`);

/**
 * What is otherwise than in the word before; empty if nothing is.
 * @param {any} version
 * @param {any | undefined} before
 * @param {string} kind Of the alert.
 */
function change(version, before, kind) {
  const said = [];
  if (!before || before.text !== version.text) said.push(version.text);
  if (before && before.cause !== version.cause && version.cause in CAUSES) said.push(`${CAUSES[version.cause]}.`);
  if (before && before.severity !== version.severity) said.push(`It is ${version.severity} now.`);
  if (version.homes_count > 1 && (before?.homes_count !== version.homes_count || before.homes_out !== version.homes_out)) {
    said.push(homesWords(version, kind));
  }
  if (!said.length && version.state === "closed") said.push("It is over.");
  return said.join(" ");
}

/** @param {any} version @param {string} kind Of the alert: an outage alone has homes that are out. */
function homesWords({ state, homes_count: count, homes_out: out }, kind) {
  if (kind !== "outage" || out === null) return `${count} homes.`;
  if (out === 0 || state === "closed") return `${count} homes were out.`;
  return `${count} homes, ${out} of them out.`;
}

/**
 * What people said, the newest first. Of what is over nobody has to look after anything.
 * @param {{notes: any[], isOver: boolean, time: (time: string) => any}} props
 */
export function Notes({ notes, isOver, time }) {
  if (!notes.length) return html`<p class="muted">Nobody has said anything yet.</p>`;
  const taken = isOver ? "has seen it" : "looks after it";
  return html`<ol class="story" reversed>
    ${notes.toReversed().map(
      (note) => html`<li key=${`${note.said_at} ${note.who} ${note.text}`}>
        <p class="story-head">
          <b>${note.who}</b> ${note.what === "acknowledged" ? taken : "noted"} ${time(note.said_at)}
        </p>
        ${note.text && html`<p class="note-text">${note.text}</p>`}
      </li>`,
    )}
  </ol>`;
}
