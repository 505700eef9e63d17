// Alerts that are open: how many of each severity, and the newest with a button that takes them.

import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { may } from "../../core/session.js";
import { acknowledge } from "../../parts/acknowledge.js";
import { SEVERITIES, Severity, homesOf, kindName } from "../../parts/alert_words.js";
import { count } from "../../parts/amounts.js";
import { ProblemNote } from "../../parts/problem.js";
import { Ago, StreamTime } from "../../parts/times.js";

const NEWEST = 5;
const MOST = 1_000;
const QUIET_MS = 10_000;
/** @typedef {{severity: string, text: string, id: string, life: string, kind: string, subject: string,
 *   opened_at: string, acknowledged_by: string | null, acknowledged_at: string | null,
 *   homes_count: number, homes_out: number | null}} Alert */

/** @param {{news: number | null}} props */
export function NewestAlerts({ news }) {
  const found = useResource(`/v1/alerts?life=open&life=acknowledged&limit=${MOST}`, { every: 15_000, when: news }).value;
  const { data, problem } = found;
  /** @type {Alert[]} */
  const items = data?.items ?? [];
  const open = items.filter((each) => each.life === "open");
  const words = useAnnouncement(open);
  return html`<section class="panel room-alerts" aria-labelledby="open-alerts">
    <h2 id="open-alerts">Open alerts</h2>
    <p class="unseen" aria-live="polite">${words}</p>
    ${problem && !data && html`<${ProblemNote} problem=${problem} of="Alerts" />`}
    ${data &&
    html`<ul class="severities">
      ${SEVERITIES.map((severity) => {
        const number = items.filter((each) => each.severity === severity).length;
        return html`<li key=${severity} class=${number ? "" : "is-none"}>
          <${Link} to=${`/alerts?life=open,acknowledged&severity=${severity}`}>
            <b>${count(number)}${data.next ? "+" : ""}</b> <${Severity} severity=${severity} />
          <//>
        </li>`;
      })}
    </ul>`}
    ${data && !items.length && html`<p class="muted">Nothing is the matter.</p>`}
    <ul class="newest">
      ${items.slice(0, NEWEST).map((alert) => html`<${Newest} key=${alert.id} alert=${alert} onTaken=${found.again} />`)}
    </ul>
    <p class="more"><${Link} to="/alerts">All alerts<//></p>
  </section>`;
}

/** @param {{alert: Alert, onTaken: () => void}} props */
function Newest({ alert, onTaken }) {
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    const { problem } = await acknowledge(alert.id);
    setBusy(false);
    setRefused(problem ? `${problem.title}. ${problem.detail ?? ""}` : "");
    if (!problem) onTaken();
  };
  const name = `${kindName(alert.kind)} of ${alert.subject}`;
  return html`<li>
    <${Severity} severity=${alert.severity} short />
    <div class="newest-words">
      <p>
        <${Link} to=${`/alerts/${encodeURIComponent(alert.id)}`}>${kindName(alert.kind)}<//>
        ${" "}<span class="subject">${alert.subject}</span>
      </p>
      <p class="muted">
        <${StreamTime} at=${alert.opened_at} short />${homesOf(alert) && html` · ${homesOf(alert)}`}
        ${alert.acknowledged_by &&
        html` · <span class="who">${alert.acknowledged_by}, <${Ago} at=${alert.acknowledged_at} /></span>`}
      </p>
      ${refused && html`<p class="note note-bad" role="alert">${refused}</p>`}
    </div>
    ${alert.life === "open" &&
    may("write:alerts") &&
    html`<button type="button" disabled=${busy} onClick=${take}>
      Acknowledge<span class="unseen"> ${name}</span>
    </button>`}
  </li>`;
}

/**
 * A sentence of what was opened since, at most one in ten seconds: whoever listens is told of what
 * is new, and not of all that is there.
 * @param {Alert[]} open The newest first.
 */
function useAnnouncement(open) {
  const known = useRef(/** @type {Set<string> | null} */ (null));
  const saidAt = useRef(0);
  const [words, setWords] = useState("");
  const ids = open.map((each) => each.id).join();
  useEffect(() => {
    const before = known.current;
    if (before === null) {
      if (open.length) known.current = new Set(open.map((each) => each.id));
      return undefined;
    }
    const fresh = open.filter((each) => !before.has(each.id));
    if (!fresh.length) return undefined;
    const say = () => {
      saidAt.current = Date.now();
      known.current = new Set([...before, ...fresh.map((each) => each.id)]);
      const first = `${kindName(fresh[0].kind)} of ${fresh[0].subject}`;
      setWords(fresh.length === 1 ? `New alert: ${first}` : `${fresh.length} new alerts, the newest ${first}`);
    };
    const timer = setTimeout(say, Math.max(0, saidAt.current + QUIET_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [ids]);
  return words;
}
