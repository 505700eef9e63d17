/** What nobody is told of for a while: which, and how to ask for one. */

import { useState } from "preact/hooks";
import { post } from "../../core/api.js";
import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { may } from "../../core/session.js";
import { KINDS, kindName } from "../../parts/alert_words.js";
import { Dialog } from "../../parts/dialog.js";
import { ProblemNote } from "../../parts/problem.js";
import { Table } from "../../parts/table.js";
import { Until } from "../../parts/times.js";

/**
 * @typedef {object} Silence as the API has it
 * @property {string} id
 * @property {string} who
 * @property {string} why
 * @property {string} ends_at
 * @property {string | null} kind
 * @property {string | null} area
 * @property {string | null} subject
 * @property {string | null} incident
 */

/** Seconds. @type {readonly [number, string][]} */
const LENGTHS = [
  [3_600, "1 hour"],
  [4 * 3_600, "4 hours"],
  [8 * 3_600, "8 hours"],
  [86_400, "1 day"],
  [3 * 86_400, "3 days"],
  [7 * 86_400, "7 days"],
  [14 * 86_400, "14 days"],
];

/** @param {{silences: Silence[], onChanged: () => void}} props */
export function Silences({ silences, onChanged }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState(/** @type {import("../../core/api.js").Problem | null} */ (null));
  /** @param {Silence} silence */
  const end = async ({ id }) => {
    setProblem((await post(`/v1/silences/${id}`, undefined, { method: "DELETE" })).problem);
    onChanged();
  };
  const mayWrite = may("write:alerts");
  /** @type {import("../../parts/table.js").Column<Silence>[]} */
  const columns = [
    { key: "of", label: "Of", cell: ofWords },
    { key: "why", label: "Why", cell: ({ why }) => why },
    { key: "who", label: "Who", cell: ({ who }) => who, by: ({ who }) => who },
    { key: "ends", label: "Ends", cell: ({ ends_at }) => html`<${Until} at=${ends_at} />`, by: ({ ends_at }) => ends_at },
    { key: "end", label: "End it", cell: (silence) => mayWrite && html`<button type="button" aria-label=${`End the silence of ${silence.why}`} onClick=${() => end(silence)}>End it</button>` },
  ];
  return html`${problem !== null && html`<${ProblemNote} problem=${problem} />`}
    <${Table} name="Silences" columns=${columns} rows=${silences} id=${(/** @type {Silence} */ each) => each.id} empty="Nothing is silent." />
    ${mayWrite && html`<p><button type="button" onClick=${() => setAsking(true)}>Silence something…</button></p>`}
    ${isAsking &&
    html`<${AskSilence}
      onClose=${() => setAsking(false)}
      onAsked=${() => {
        setAsking(false);
        onChanged();
      }}
    />`}`;
}

/**
 * A dialog in which somebody asks for a silence; of an alert, it is of all that is told with it.
 * @param {{incident?: string, onClose: () => void, onAsked: () => void}} props
 */
export function AskSilence({ incident, onClose, onAsked }) {
  const [state, setState] = useState({ busy: false, problem: /** @type {import("../../core/api.js").Problem | null} */ (null) });
  /** @param {SubmitEvent} event */
  const ask = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const given = ["kind", "area", "subject"].map((name) => [name, String(form.get(name) ?? "").trim()]);
    const of = incident === undefined ? Object.fromEntries(given.filter(([, value]) => value !== "")) : { incident };
    setState({ busy: true, problem: null });
    const { problem } = await post("/v1/silences", { ...of, why: String(form.get("why")).trim(), for_s: Number(form.get("for_s")) });
    setState({ busy: false, problem });
    if (problem === null) onAsked();
  };
  return html`<${Dialog} title=${incident === undefined ? "Silence something" : "Silence this"} onClose=${onClose}>
    <form class="settings" onSubmit=${ask}>
      <p class="muted">Nobody is told of what it covers until it ends. What goes on then is told, and the end of what was told before is told at once.</p>
      ${incident === undefined
        ? html`<label>
              Kind
              <select name="kind">
                <option value="">any</option>
                ${Object.keys(KINDS).map((kind) => html`<option key=${kind} value=${kind}>${kindName(kind)}</option>`)}
              </select>
            </label>
            <label>Area begins with <input name="area" maxlength="5" pattern="[0-9b-hjkmnp-z]*" placeholder="any, such as gcpu" autocomplete="off" /></label>
            <label>Feeder or meter <input name="subject" maxlength="100" placeholder="any" autocomplete="off" /></label>`
        : html`<p>All that is told in one message with <code>${incident}</code>, also what joins it later.</p>`}
      <label>
        For
        <select name="for_s">
          ${LENGTHS.map(([seconds, words]) => html`<option key=${seconds} value=${seconds} selected=${seconds === 4 * 3_600}>${words}</option>`)}
        </select>
      </label>
      <label>Why <input name="why" required maxlength="2000" placeholder="for those who wonder, such as: new cable" autocomplete="off" /></label>
      ${state.problem !== null && html`<${ProblemNote} problem=${state.problem} />`}
      <button type="submit" class="primary" disabled=${state.busy}>Silence</button>
    </form>
  <//>`;
}

/** @param {Silence} silence */
function ofWords({ kind, area, subject, incident }) {
  const said = [kind && kindName(kind), area && `areas ${area}…`, subject && `subject ${subject}`].filter(Boolean).join("; ");
  if (incident === null) return said;
  return html`${said}${said && "; "}all that is told with <${Link} to=${`/alerts/${encodeURIComponent(incident)}`}>${incident}<//>`;
}
