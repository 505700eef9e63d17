// Alerts: those that somebody has to look after, and how many at once.

import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { navigate } from "../core/router.js";
import { may } from "../core/session.js";
import { acknowledgeAll } from "../parts/acknowledge.js";
import { useAlertNews } from "../parts/alert_news.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { plural } from "../parts/words.js";
import { FilterBar, filtersOf, pathOf, queryOf } from "./alerts/filters.js";
import { AlertRow } from "./alerts/row.js";
import { useListKeys } from "./alerts/keys.js";

export const title = "Alerts";

const FIRST = 100;
const MOST = 1_000;

/** @param {{query: URLSearchParams}} props */
export default function Alerts({ query }) {
  const filters = filtersOf(Object.fromEntries(query));
  const [limit, setLimit] = useState(FIRST);
  const { data, problem, again } = useResource(pathOf(filters, limit), { every: 10_000, when: useAlertNews() }).value;
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  const [unfolded, setUnfolded] = useState(/** @type {Set<string>} */ (new Set()));
  const [current, setCurrent] = useState("");
  const items = data?.items ?? [];
  const ids = items.map((each) => each.id);
  const chosen = items.filter((each) => selected.has(each.id));
  const takes = may("write:alerts");

  const taking = useTaking(() => setSelected(new Set()));
  const list = useRef(/** @type {HTMLTableElement | null} */ (null));
  useListKeys(list, {
    ids,
    current,
    go: setCurrent,
    select: (id) => setSelected((before) => toggled(before, id)),
    take: (id) => takes && taking.begin(chosen.length ? chosen.map((each) => each.id) : [id]),
    open: (id) => navigate(`/alerts/${encodeURIComponent(id)}`),
    unfold: (id) => setUnfolded((before) => toggled(before, id)),
  });
  // What is no longer listed cannot be seen, and is not to be acknowledged by mistake.
  useEffect(() => {
    setSelected((before) => (ids.every((id) => before.has(id)) ? before : kept(before, ids)));
  }, [ids.join()]);

  return html`<div class="alerts-view">
    <h1>Alerts</h1>
    <${FilterBar} filters=${filters} onFilter=${(/** @type {any} */ next) => navigate(addressOf(next))} />
    <div class="alerts-bar">
      <p class="alerts-count">${data ? countOf(items, data.next) : ""}</p>
      ${takes &&
      html`<div class="bulk">
        <label class="check">
          <input
            type="checkbox"
            checked=${items.length > 0 && chosen.length === items.length}
            disabled=${!items.length}
            onChange=${() => setSelected(chosen.length === items.length ? new Set() : new Set(ids))}
          />
          All that are listed
        </label>
        <${Take} taking=${taking} ids=${chosen.map((each) => each.id)} />
      </div>`}
    </div>
    <p class="unseen" role="status">${taking.words}</p>
    ${taking.refused && html`<p class="note note-bad" role="alert">${taking.refused}</p>`}
    ${problem && html`<${ProblemNote} problem=${problem} of="Alerts" again=${again} />`}
    ${!data && !problem && html`<${Skeleton} lines=${6} label="Alerts" />`}
    ${data && !items.length && html`<p class="empty">No alerts of this kind. The filters say which are listed.</p>`}
    ${items.length > 0 &&
    html`<div class="table-frame"><table class="table alerts-table" ref=${list}>
      <caption class="unseen">Alerts</caption>
      <thead>
        <tr>
          ${takes && html`<th scope="col"><span class="unseen">Select</span></th>`}
          <th scope="col">Severity</th>
          <th scope="col">Alert</th>
          <th scope="col">State</th>
          <th scope="col">Opened</th>
          <th scope="col">Area</th>
          <th scope="col"><span class="unseen">What to do</span></th>
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (alert) => html`<${AlertRow}
            key=${alert.id}
            alert=${alert}
            takes=${takes}
            selected=${selected.has(alert.id)}
            unfolded=${unfolded.has(alert.id)}
            current=${alert.id === (current || ids[0])}
            onSelect=${() => setSelected((before) => toggled(before, alert.id))}
            onUnfold=${() => setUnfolded((before) => toggled(before, alert.id))}
            onTake=${() => taking.begin([alert.id])}
            onCurrent=${() => setCurrent(alert.id)}
          />`,
        )}
      </tbody>
    </table></div>`}
    ${data?.next && limit < MOST && html`<button type="button" onClick=${() => setLimit(Math.min(MOST, limit * 2))}>Show more</button>`}
    ${data?.next && limit >= MOST && html`<p class="muted">These are the newest ${MOST}: filter to see others.</p>`}
    <p class="keys muted">
      <kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>x</kbd> select · <kbd>e</kbd> acknowledge · <kbd>o</kbd> homes ·
      <kbd>Enter</kbd> open
    </p>
  </div>`;
}

/** The button that acknowledges, with what to say of it. */
function Take({ taking, ids }) {
  const [comment, setComment] = useState("");
  const count = ids.length;
  return html`<form
    class="take"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      taking.begin(ids, comment);
      setComment("");
    }}
  >
    <input
      type="text"
      aria-label="Comment on those that are selected"
      placeholder="Comment"
      maxlength="2000"
      value=${comment}
      disabled=${!count || taking.busy}
      onInput=${(/** @type {any} */ event) => setComment(event.currentTarget.value)}
    />
    <button type="submit" class="primary" disabled=${!count || taking.busy}>
      ${taking.busy ? taking.words : `Acknowledge ${count || ""} selected`}
    </button>
  </form>`;
}

/**
 * Acknowledging several, with how far it is.
 * @param {() => void} onDone
 */
function useTaking(onDone) {
  const [state, setState] = useState({ busy: false, words: "", refused: "" });
  /** @param {string[]} ids */
  const begin = async (ids, comment = "") => {
    if (state.busy || !ids.length) return;
    setState({ busy: true, words: `Acknowledging ${ids.length}`, refused: "" });
    const refused = await acknowledgeAll(ids, comment, (done) =>
      setState((before) => ({ ...before, words: `${done} of ${ids.length} acknowledged` })),
    );
    const done = ids.length - refused.length;
    const because = refused[0]?.problem;
    setState({
      busy: false,
      words: `${done} ${plural(done, "alert")} acknowledged`,
      refused: because ? `${refused.length} not acknowledged: ${because.title}. ${because.detail ?? ""}` : "",
    });
    onDone();
  };
  return { ...state, begin };
}

/** @param {import("./alerts/filters.js").Filters} filters */
function addressOf(filters) {
  const query = new URLSearchParams(queryOf(filters)).toString();
  return query ? `/alerts?${query}` : "/alerts";
}

/** @param {any[]} items @param {string | null} next */
function countOf(items, next) {
  const open = items.filter((each) => each.life === "open").length;
  const all = `${items.length} ${plural(items.length, "alert")}${next ? " and more" : ""}`;
  return items.length === 0 ? "" : `${all}, ${open === items.length ? "all" : open} open`;
}

/** @param {Set<string>} before @param {string} id */
function toggled(before, id) {
  const after = new Set(before);
  if (!after.delete(id)) after.add(id);
  return after;
}

/** @param {Set<string>} before @param {string[]} ids */
const kept = (before, ids) => new Set(ids.filter((id) => before.has(id)));
