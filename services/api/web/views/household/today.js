/** What was taken on the day that readings are in, against the same day last week. */

import { useRef } from "preact/hooks";
import { amount, zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { addDays, clockAt, dayAt, momentAt, weekday } from "../../parts/calendar.js";
import { countedOf } from "./amounts.js";
import { historyPath, rangeLink } from "./range.js";
import { useSlow } from "./slow.js";

const MINUTE_MS = 60_000;
const GAP_CADENCES = 1.5;
/** A replay may be in another minute each second. */
const SLOW_MS = 30_000;
/** Below this share two days are alike. */
const ALIKE = 0.01;

/**
 * @param {{meterId: string, commodity: string, zone: string, streamMs: number, cadenceMs: number | null}} props
 */
export function Today({ meterId, commodity, zone, streamMs, cadenceMs }) {
  const counted = countedOf(commodity);
  // By the minute, so that both days are asked for up to the same time.
  const minuteMs = useSlow(streamMs - (streamMs % MINUTE_MS), SLOW_MS);
  const day = dayAt(minuteMs, zone);
  const time = clockAt(minuteMs, zone);
  const span = { start: `${day}T00:00:00`, end: `${addDays(day, 1)}T00:00:00`, resolution: "P1D" };
  const { data, problem } = useResource(historyPath(meterId, "energy", span, zone), { every: MINUTE_MS }).value;
  const taken = data?.[counted.amount] ?? null;
  const since = sinceBefore(data?.items[0], cadenceMs);
  return html`<section class="card today" aria-labelledby="today-heading">
    <h2 id="today-heading">${counted.amountWord} today</h2>
    <p>
      <strong class="big number">${taken === null ? "not known" : amount(counted.kind, taken)}</strong>${" "}<span class="muted">00:00 to ${time}, ${zoneName(zone)}</span>
    </p>
    ${since !== null &&
    html`<p class="note">With what was counted since ${momentAt(since, zone)}: no readings came between.</p>`}
    ${time !== "00:00" &&
    html`<${LastWeek} meterId=${meterId} counted=${counted} zone=${zone} day=${addDays(day, -7)} time=${time} taken=${taken} />`}
    ${problem && data === null && html`<p class="note">It cannot be told: ${problem.detail ?? problem.title}</p>`}
  </section>`;
}

/**
 * @param {{meterId: string, counted: import("./amounts.js").Counted, zone: string, day: string,
 *   time: string, taken: number | null}} props
 */
function LastWeek({ meterId, counted, zone, day, time, taken }) {
  const span = { start: `${day}T00:00:00`, end: `${day}T${time}:00`, resolution: "P1D" };
  const { data } = useResource(historyPath(meterId, "energy", span, zone), {}).value;
  const known = useRef(data);
  // While the next minute is asked for, the last one stands.
  if (data !== null) known.current = data;
  const past = known.current?.[counted.amount] ?? null;
  return html`<p class="last-week">
    <${Link} to=${rangeLink(meterId, "day", day)}>Last ${weekday(day)}</${Link}> by ${time}:${" "}<span class="number">${past === null ? "not known" : amount(counted.kind, past)}</span>${" "}${taken !== null && past !== null && past > 0 && html`<span class="muted">${compared(taken, past)}</span>`}
  </p>`;
}

/**
 * When what a day's first bar holds began, if that was well before the day.
 * @param {import("./bars.js").EnergyBar | undefined} bar
 * @param {number | null} cadenceMs
 */
function sinceBefore(bar, cadenceMs) {
  if (!bar?.covers) return null;
  const since = Date.parse(bar.covers.start);
  const room = Math.max(GAP_CADENCES * (cadenceMs ?? 0), MINUTE_MS);
  return Date.parse(bar.start) - since > room ? since : null;
}

/**
 * @param {number} taken
 * @param {number} past above 0
 */
function compared(taken, past) {
  const share = taken / past - 1;
  if (Math.abs(share) < ALIKE) return "about the same";
  return `today ${Math.round(Math.abs(share) * 100)} % ${share > 0 ? "more" : "less"}`;
}
