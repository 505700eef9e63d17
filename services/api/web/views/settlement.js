/** For clerks: runs of months, energy that nobody is billed for, and what a person should look at. */

import { useState } from "preact/hooks";
import { counted, day, energy, volume } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link, link, navigate } from "../core/router.js";
import { monthWords } from "../parts/bill_words.js";
import { commodityName } from "../parts/amounts.js";
import { money } from "../parts/money.js";
import { Loaded } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { ExceptionTable } from "./settlement/exceptions.js";

/** @typedef {{energy_wh: number | null, volume_l: number | null}} Amount */

export const title = "Settlement";

const RUNS = 10;
const LIMIT = 50;
const MOST = 1_000;
const EACH_MS = 60_000;

const KINDS = { interim: "interim", first: "first", reconciliation: "reconciliation", final: "final" };
const STATES = { computed: "computed, nothing issued", broken: "does not add up", issued: "issued" };

/** @type {Record<string, {words: string, rule: string}>} */
const REASONS = {
  unknown_register: { words: "nobody knows the meter", rule: "unknown_register" },
  unknown_premises: { words: "nobody knows where the meter is", rule: "unknown_premises" },
  other_site: { words: "it is another site's", rule: "other_site" },
  vacant: { words: "the last occupant has left", rule: "use_while_vacant" },
  not_recorded_yet: { words: "nobody was recorded there yet", rule: "not_recorded_yet" },
};

/** @param {{query: URLSearchParams}} props */
export default function Settlement({ query }) {
  const filters = { month: query.get("month") ?? "", severity: query.get("severity") ?? "", rule: query.get("rule") ?? "" };
  const { month } = filters;
  return html`<article class="settlement">
    <h1>Settlement</h1>
    <${Month} key=${month} month=${month} onChoose=${(/** @type {string} */ to) => navigate(link("/settlement", { ...filters, month: to }))} />
    <section aria-labelledby="runs-heading">
      <h2 id="runs-heading">Runs</h2>
      <${Runs} month=${month} />
    </section>
    <section aria-labelledby="nobodys-heading">
      <h2 id="nobodys-heading">Energy that nobody is billed for</h2>
      <${Unassigned} month=${month} />
    </section>
    <section aria-labelledby="exceptions-heading">
      <h2 id="exceptions-heading">Exceptions</h2>
      <${Exceptions} filters=${filters} />
    </section>
  </article>`;
}

/** @param {{month: string, onChoose: (month: string) => void}} props */
function Month({ month, onChoose }) {
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    onChoose(String(form.get("month") ?? "").trim());
  };
  return html`<form class="filters" role="search" aria-label="Month" onSubmit=${onSubmit}>
    <label>
      Month
      <input name="month" value=${month} placeholder="all" pattern="[0-9]{4}-(0[1-9]|1[0-2])" maxlength="7" autocomplete="off" title="A year and a month, such as 2013-07" />
    </label>
    <button type="submit" class="primary">Show</button>
  </form>`;
}

/** @param {{month: string}} props */
function Runs({ month }) {
  const [limit, setLimit] = useState(RUNS);
  const found = useResource(link("/v1/runs", { month, limit }), { every: EACH_MS }).value;
  /** @type {import("../parts/table.js").Column<any>[]} */
  const columns = [
    { key: "run", label: "Run", cell: (run) => run.run_id, by: (run) => run.run_id },
    { key: "month", label: "Of", cell: (run) => html`${monthWords(run.month)}, ${run.site_id}`, by: (run) => run.month },
    { key: "kind", label: "Kind", cell: (run) => KINDS[/** @type {keyof typeof KINDS} */ (run.kind)] },
    { key: "state", label: "State", cell: (run) => html`<${State} run=${run} />` },
    { key: "ended", label: "Ended", cell: (run) => day(run.ended_at, run.time_zone) },
    { key: "documents", label: "Issued", cell: documentsOf },
    { key: "gross", label: "With tax", number: true, cell: (run) => money(run.gross_minor, run), by: (run) => run.gross_minor },
    { key: "metered", label: "Metered", number: true, cell: (run) => energiesOf(run, "metered") },
    { key: "unassigned", label: "Nobody's", number: true, cell: (run) => energiesOf(run, "unassigned") },
    { key: "estimated", label: "Estimated", number: true, cell: (run) => energiesOf(run, "estimated") },
  ];
  return html`<${Loaded} resource=${found} of="Runs" lines=${4}>
    ${(/** @type {any} */ data) => html`
      <${Table} name="Runs, the newest first" columns=${columns} rows=${data.items} id=${(/** @type {any} */ run) => String(run.run_id)} empty="No month was run yet." />
      ${data.items.filter((/** @type {any} */ run) => run.broken.length > 0).map((/** @type {any} */ run) => html`<${Broken} key=${run.run_id} run=${run} />`)}
      <${More} next=${data.next} limit=${limit} onMore=${setLimit} />
      <${Download} path="/v1/runs" query=${{ month }} of=${data.items} />
    `}
  </${Loaded}>`;
}

/** @param {{run: any}} props */
function State({ run }) {
  const words = STATES[/** @type {keyof typeof STATES} */ (run.state)];
  if (run.state === "broken") return html`<span class="bad"><span aria-hidden="true">✗</span> ${words}</span>`;
  return html`<span>${words}${run.newest ? "" : html` <span class="muted">before a later one</span>`}</span>`;
}

/** @param {any} run */
function documentsOf(run) {
  if (run.invoices + run.credit_notes === 0) return "–";
  const words = [
    run.invoices > 0 && counted(run.invoices, "invoice"),
    run.credit_notes > 0 && counted(run.credit_notes, "credit note"),
  ].filter(Boolean);
  return html`<${Link} to=${link("/bills", { month: run.month })}>${words.join(", ")}</${Link}>`;
}

/**
 * What of each commodity a run counted, feeders aside.
 * @param {any} run
 * @param {"metered" | "unassigned" | "estimated"} what
 */
function energiesOf(run, what) {
  const said = run.energies.filter((/** @type {any} */ each) => each.direction !== "feeder");
  if (said.length === 0) return "–";
  return html`<span class="stacked">${said.map(
    (/** @type {any} */ each) => html`<span key=${`${each.commodity} ${each.direction}`}
      >${amountOf(each[what])}${said.length > 1 && html` <span class="muted">${each.commodity} ${each.direction}</span>`}</span>`,
  )}</span>`;
}

/** @param {Amount} of */
const amountOf = ({ energy_wh, volume_l }) => (energy_wh === null ? volume(volume_l) : energy(energy_wh));

/** Why a run issued nothing. @param {{run: any}} props */
function Broken({ run }) {
  return html`<div class="note note-bad">
    <p><strong>Run ${run.run_id} does not add up, and issued nothing.</strong></p>
    <ul>
      ${run.broken.map(
        (/** @type {any} */ each, /** @type {number} */ at) => html`<li key=${at}>${each.identity}: ${each.what} is ${each.found} and should be ${each.expected}</li>`,
      )}
    </ul>
  </div>`;
}

/** @param {{month: string}} props */
function Unassigned({ month }) {
  const [limit, setLimit] = useState(LIMIT);
  const found = useResource(link("/v1/unassigned", { month, limit }), { every: EACH_MS }).value;
  /** @type {import("../parts/table.js").Column<any>[]} */
  const columns = [
    { key: "month", label: "Month", cell: (each) => monthWords(each.month), by: (each) => each.month },
    { key: "premises", label: "Premises", cell: (each) => each.premises_id ?? "not known" },
    { key: "of", label: "Of", cell: (each) => `${commodityName(each.commodity)}, ${each.direction}` },
    { key: "amount", label: "Amount", number: true, cell: amountOf, by: (each) => each.energy_wh ?? each.volume_l },
    { key: "why", label: "Why", cell: (each) => REASONS[each.reason]?.words ?? each.reason },
    {
      key: "meters",
      label: "Which meters",
      cell: (each) =>
        html`<${Link} to=${link("/settlement", { month: each.month, rule: REASONS[each.reason]?.rule ?? each.reason })}>Exceptions</${Link}>`,
    },
  ];
  return html`<${Loaded} resource=${found} of="What is nobody's" lines=${3}>
    ${(/** @type {any} */ data) => html`
      <${Table}
        name="What is nobody's"
        columns=${columns}
        rows=${data.items}
        id=${(/** @type {any} */ each) => `${each.run_id} ${each.premises_id} ${each.commodity} ${each.direction} ${each.reason}`}
        empty="All that registers counted is somebody's."
      />
      <${More} next=${data.next} limit=${limit} onMore=${setLimit} />
      <${Download} path="/v1/unassigned" query=${{ month }} of=${data.items} />
    `}
  </${Loaded}>`;
}

/** @param {{filters: {month: string, severity: string, rule: string}}} props */
function Exceptions({ filters }) {
  const [limit, setLimit] = useState(LIMIT);
  const found = useResource(link("/v1/exceptions", { ...filters, limit }), { every: EACH_MS }).value;
  return html`<div class="toolbar">
      <label>
        <span>Severity</span>
        <select onChange=${(/** @type {any} */ event) => navigate(link("/settlement", { ...filters, severity: event.currentTarget.value }))}>
          ${[["", "all"], ["hold", "hold"], ["review", "review"], ["note", "note"]].map(
            ([value, words]) => html`<option key=${value} value=${value} selected=${value === filters.severity}>${words}</option>`,
          )}
        </select>
      </label>
      ${filters.rule !== "" &&
      html`<p>Of the rule <b>${filters.rule.replaceAll("_", " ")}</b> <${Link} to=${link("/settlement", { ...filters, rule: "" })}>All rules</${Link}></p>`}
    </div>
    <${Loaded} resource=${found} of="Exceptions" lines=${4}>
      ${(/** @type {any} */ data) => html`
        <${ExceptionTable} items=${data.items} filters=${filters} />
        <${More} next=${data.next} limit=${limit} onMore=${setLimit} />
        <${Download} path="/v1/exceptions" query=${filters} of=${data.items} />
      `}
    </${Loaded}>`;
}

/** @param {{next: string | null, limit: number, onMore: (limit: number) => void}} props */
function More({ next, limit, onMore }) {
  if (next === null) return null;
  if (limit >= MOST) return html`<p class="muted">These are the first ${MOST}: choose a month to see others.</p>`;
  return html`<button type="button" onClick=${() => onMore(Math.min(MOST, 2 * limit))}>Show more</button>`;
}

/** @param {{path: string, query: Record<string, string>, of: unknown[]}} props */
function Download({ path, query, of }) {
  if (of.length === 0) return null;
  return html`<p class="download"><a href=${link(path, { ...query, limit: MOST, format: "csv" })} download>Download as CSV</a></p>`;
}
