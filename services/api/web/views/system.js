/** How the platform does: jobs, stores, the feed of readings. */

import { clockTime, counted, number, span, zoneName } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link } from "../core/router.js";
import { may } from "../core/session.js";
import { zone } from "../core/settings.js";
import { topic } from "../core/stream.js";
import { Loaded } from "../parts/problem.js";
import { Table } from "../parts/table.js";

export const title = "System";

/** Besides what the stream tells. */
const EACH_MS = 30_000;

/** @typedef {{name: string, state: string, runs: boolean, checkpoint_age_ms: number | null, checkpoint_overdue: boolean | null, failures_lately: number | null, behind_records: number | null}} Job */
/** @typedef {{name: string, answers: boolean, took_ms: number | null}} Store */

const JOBS = [
  { key: "name", label: "Job", cell: (/** @type {Job} */ job) => job.name },
  { key: "state", label: "State", cell: (/** @type {Job} */ job) => verdict(job.runs, job.runs ? "runs" : job.state.toLowerCase()) },
  { key: "behind", label: "Records behind", number: true, cell: (/** @type {Job} */ job) => number(job.behind_records), by: (/** @type {Job} */ job) => job.behind_records },
  {
    key: "checkpoint",
    label: "Last checkpoint",
    cell: (/** @type {Job} */ job) =>
      job.checkpoint_age_ms === null ? "none" : verdict(!job.checkpoint_overdue, `${span(job.checkpoint_age_ms)} ago`),
  },
  { key: "failures", label: "Failures in 5 min", number: true, cell: (/** @type {Job} */ job) => number(job.failures_lately) },
];

const STORES = [
  { key: "name", label: "Store", cell: (/** @type {Store} */ store) => store.name },
  { key: "answers", label: "State", cell: (/** @type {Store} */ store) => verdict(store.answers, store.answers ? "answers" : "does not answer") },
  { key: "took", label: "Answers in", number: true, cell: (/** @type {Store} */ store) => (store.took_ms === null ? "–" : `${number(store.took_ms)} ms`) },
];

export default function System() {
  const asked = useResource("/v1/system", { every: EACH_MS }).value;
  // A stream that somebody may not have would be refused with all of its topics.
  const heard = may("read:system") ? topic("system").value : null;
  const found = isNewer(heard, asked.data) ? { ...asked, data: heard } : asked;
  return html`<h1>System</h1>
    <${Loaded} resource=${found} of="System" lines=${8}>
      ${(/** @type {any} */ data) => html`
        <p class="muted">As of ${clockTime(data.looked_at, zone.value)} (${zoneName(zone.value)}); ${counted(data.streams_open, "stream is open", "streams are open")}.</p>
        <h2>Jobs</h2>
        ${data.jobs === null
          ? html`<p class="note note-bad">Flink does not answer.</p>`
          : html`<${Table} name="Jobs" columns=${JOBS} rows=${data.jobs} id=${(/** @type {Job} */ job) => job.name} />`}
        <h2>Stores</h2>
        <${Table} name="Stores" columns=${STORES} rows=${data.stores} id=${(/** @type {Store} */ store) => store.name} />
        <h2>Readings</h2>
        ${data.feed.length === 0
          ? html`<p>No alert of the feed of readings is open.</p>`
          : html`<ul>${data.feed.map(
              (/** @type {any} */ each) => html`<li key=${each.alert_id}><${Link} to=${`/alerts/${encodeURIComponent(each.alert_id)}`}>${each.text}</${Link}></li>`,
            )}</ul>`}
      `}
    </${Loaded}>`;
}

/**
 * @param {{looked_at: string} | null} heard
 * @param {{looked_at: string} | null} asked
 */
function isNewer(heard, asked) {
  return heard !== null && (asked === null || Date.parse(heard.looked_at) >= Date.parse(asked.looked_at));
}

/** @param {boolean} good @param {string} text */
function verdict(good, text) {
  return html`<span class=${good ? "good" : "bad"}><span aria-hidden="true">${good ? "✓" : "✗"}</span> ${text}</span>`;
}
