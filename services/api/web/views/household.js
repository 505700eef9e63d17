/** A household: what its meter says now, what it took, and how well that is known. */

import { useState } from "preact/hooks";
import { isNow, streamTime } from "../core/clock.js";
import { zoneName } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { may } from "../core/session.js";
import { topic } from "../core/stream.js";
import { Link } from "../core/router.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { dayAt } from "../parts/calendar.js";
import { AlertsOf } from "./household/alerts.js";
import { BillsOf } from "./household/bills.js";
import { History } from "./household/history.js";
import { Live } from "./household/live.js";
import { Now } from "./household/now.js";
import { Quality } from "./household/quality.js";
import { LIVE_CADENCE_MS, historyPath, rangeLink, rangeOf } from "./household/range.js";
import { Siblings, entryWords } from "./household/entry.js";
import { Today } from "./household/today.js";

/** @param {{id: string}} params */
export const title = (params) => params.id;

const KINDS = /** @type {const} */ (["live", "day", "month", "year"]);
const KIND_WORDS = { live: "Live", day: "Day", month: "Month", year: "Year" };

/** @param {{params: {id: string}, query: URLSearchParams}} props */
export default function Household({ params, query }) {
  const { id } = params;
  const path = `/v1/meters/${encodeURIComponent(id)}`;
  const entry = useResource(path, {}).value;
  const asked = useResource(`${path}/now`, { every: 30_000 }).value;
  const meter = newer(topic(`meter:${id}`).value, asked.data?.meter ?? null);
  if (entry.data === null) {
    return html`<article class="household"><h1>${id}</h1><${Waits} found=${entry} /></article>`;
  }
  const { commodity, time_zone: zone, cadence_ms: cadenceMs } = entry.data;
  const streamMs = streamTime.value ?? Date.parse(asked.data?.clock.stream_time ?? "");
  const isOld = !isNow.value;
  return html`<article class="household">
    <header>
      <h1>${id}</h1>
      <p class="entry">${entryWords(entry.data)}</p>
      <${Siblings} entry=${entry.data} />
    </header>
    ${meter === null
      ? html`<section class="card"><h2>Now</h2><p>${asked.problem ? "Nothing was heard of this meter yet." : "Asking …"}</p></section>`
      : html`<${Now} meter=${meter} commodity=${commodity} zone=${zone} streamMs=${streamMs} isOld=${isOld} />`}
    ${Number.isNaN(streamMs)
      ? html`<section class="card wide"><p>There is no history before the first reading.</p></section>`
      : html`<${Spans} ...${{ id, query, commodity, zone, cadenceMs, streamMs, meter }} />`}
    ${may("read:bills") && html`<${BillsOf} id=${id} />`}
    ${may("read:alerts") &&
    html`<${AlertsOf}
      path=${`/v1/alerts?meter=${encodeURIComponent(id)}&limit=5`}
      zone=${zone}
      none="None is open, and none was closed in the last day."
    />`}
  </article>`;
}

/**
 * What needs a time of the stream: the range that is shown, and today.
 * @param {{id: string, query: URLSearchParams, commodity: string, zone: string,
 *   cadenceMs: number | null, streamMs: number, meter: import("./household/now.js").MeterNow | null}} props
 */
function Spans({ id, query, commodity, zone, cadenceMs, streamMs, meter }) {
  const cadence = cadenceMs ?? meter?.cadence_ms ?? null;
  const hasLive = meter !== null && cadence !== null && cadence <= LIVE_CADENCE_MS;
  const range = rangeOf(query, { zone, streamMs, live: hasLive });
  const [isEmpty, setEmpty] = useState(false);
  const today = dayAt(streamMs, zone);
  const shared = { meterId: id, commodity, zone, streamMs, cadenceMs: cadence };
  return html`<section class="card wide history" aria-labelledby="history-heading">
      <div class="range">
        <nav class="range-kinds" aria-label="Range">
          ${KINDS.filter((kind) => kind !== "live" || hasLive).map(
            (kind) => html`<${Link}
              key=${kind}
              to=${rangeLink(id, kind, holds(range, today) ? today : range.day)}
              aria-current=${kind === range.kind ? "page" : undefined}
              >${KIND_WORDS[kind]}</${Link}
            >`,
          )}
        </nav>
        <div class="range-at">
          ${range.kind !== "live" &&
          html`<${Link} class="step" to=${rangeLink(id, range.kind, range.earlier)} aria-label=${`${KIND_WORDS[range.kind]} before`}>‹</${Link}>`}
          <h2 id="history-heading">
            ${range.kind === "live" ? "The last 15 minutes" : range.title} <span class="muted">${zoneName(zone)}</span>
          </h2>
          ${range.kind !== "live" &&
          (range.later === null
            ? html`<span class="step is-off" aria-hidden="true">›</span>`
            : html`<${Link} class="step" to=${rangeLink(id, range.kind, range.later)} aria-label=${`${KIND_WORDS[range.kind]} after`}>›</${Link}>`)}
        </div>
      </div>
      ${range.kind === "live" && meter !== null
        ? html`<${Live} meterId=${id} commodity=${commodity} zone=${zone} streamMs=${streamMs} meter=${meter} />`
        : html`<${History} key=${range.kind} ...${shared} range=${range} lastMs=${meter && Date.parse(meter.last_reading)} onEmpty=${setEmpty} />`}
      ${range.kind !== "live" &&
      html`<p class="download">
        <a href=${`${historyPath(id, "energy", range, zone)}&format=csv`} download>Download ${range.title} as CSV</a>
      </p>`}
    </section>
    <${Today} ...${shared} />
    <${Quality} meterId=${id} range=${range} zone=${zone} isEmpty=${isEmpty} />`;
}

/** @param {{found: import("../core/resource.js").Resource}} props */
function Waits({ found: { problem, again } }) {
  if (problem === null) return html`<${Skeleton} lines=${8} label="Meter" />`;
  return html`<${ProblemNote} problem=${problem} again=${again} /><p><${Link} to="/meters">All meters</${Link}></p>`;
}

/**
 * The newer of what was heard and what was asked for.
 * @template {{last_reading: string, as_of: string}} T
 * @param {T | null | undefined} heard
 * @param {T | null} asked
 */
function newer(heard, asked) {
  if (!heard) return asked;
  return asked === null || Date.parse(heard.as_of) >= Date.parse(asked.as_of) ? heard : asked;
}

/**
 * Whether a day is in a range.
 * @param {import("./household/range.js").Range} range
 * @param {string} day
 */
function holds(range, day) {
  return `${day}T00:00:00` >= range.start && `${day}T00:00:00` < range.end;
}
