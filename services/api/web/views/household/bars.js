/** Bars of energy as the chart shows them: what each is worth is said by marks and by words. */

import { abbreviation, changesClock, clockAt, dayAt, endClockAt, momentAt, shortDay, shortMonth, weekday } from "../../parts/calendar.js";

/**
 * @typedef {import("../../parts/chart.js").Point} Point
 * @typedef {{start: string, end: string}} Interval
 */

/**
 * @typedef {object} EnergyBar as the API answers it
 * @property {string} start
 * @property {string} end
 * @property {number} spans
 * @property {Interval | null} covers
 * @property {boolean} complete
 * @property {number | null} energy_wh
 * @property {number | null} volume_l
 * @property {number | null} estimated_wh
 * @property {number | null} estimated_l
 * @property {Interval[]} gaps
 * @property {Interval[]} resets
 * @property {Interval[]} rollovers
 * @property {boolean} corrected
 * @property {number | null} usual_least_wh
 * @property {number | null} usual_most_wh
 */

/**
 * @typedef {object} Known what is known besides the bars
 * @property {string} zone
 * @property {number} streamMs how far readings are
 * @property {number | null} cadenceMs
 * @property {string} resolution
 * @property {(amount: number) => string} amount with its unit
 */

/** Cadences after which a reading is missing, as of `contracts.energy`. */
const GAP_CADENCES = 1.5;
const HOUR_MS = 3_600_000;
const HALF_HOUR_MS = HOUR_MS / 2;

/** @param {EnergyBar} bar */
export function amountOf(bar) {
  return bar.energy_wh ?? bar.volume_l;
}

/**
 * The bars of an answer as points; those that are not over and have no reading yet are left out.
 * @param {EnergyBar[]} bars
 * @param {Known} known
 * @returns {Point[]}
 */
export function pointsOf(bars, known) {
  const last = bars.at(-1);
  const changes =
    known.resolution.startsWith("PT") &&
    last !== undefined &&
    changesClock(Date.parse(bars[0].start), Date.parse(last.end));
  return bars.filter((bar) => !isToCome(bar, known)).map((bar) => pointOf(bar, known, changes));
}

/**
 * Whether a bar has no reading because none is due yet.
 * @param {EnergyBar} bar
 * @param {Known} known
 */
function isToCome(bar, { streamMs, cadenceMs }) {
  const due = Date.parse(bar.end) + (GAP_CADENCES - 1) * (cadenceMs ?? 0);
  return amountOf(bar) === null && due > streamMs;
}

/**
 * @param {EnergyBar} bar
 * @param {Known} known
 * @param {boolean} changes whether the clock is changed on that day
 * @returns {Point}
 */
function pointOf(bar, known, changes) {
  const start = Date.parse(bar.start);
  const end = Date.parse(bar.end);
  const value = amountOf(bar);
  const whole = wholeOf(bar, known);
  const isOpen = value !== null && end > known.streamMs;
  const marks = marksOf(bar, whole !== null, isOpen);
  return {
    start,
    end,
    value,
    height: whole === null || value === null ? value : value * (whole.stepMs / whole.tookMs),
    marks,
    when: whenOf(start, end, known, changes),
    note: noteOf(bar, known, marks, whole),
    label: whole === null || value === null ? "" : known.amount(value),
  };
}

/**
 * Of a bar that was measured as one with a time before it, or with bars before it: how long that
 * took, and how long a bar is. It is drawn at its mean, so that its area is what was taken.
 * @param {EnergyBar} bar
 * @param {Known} known
 */
function wholeOf(bar, { cadenceMs }) {
  const start = Date.parse(bar.start);
  const end = Date.parse(bar.end);
  const stepMs = (end - start) / bar.spans;
  if (bar.covers === null) return null;
  const since = Date.parse(bar.covers.start);
  const isFromBefore = start - since > Math.max(GAP_CADENCES * (cadenceMs ?? 0), stepMs / 2);
  if (bar.spans === 1 && !isFromBefore) return null;
  const from = isFromBefore ? since : Math.max(since, start);
  return { stepMs, tookMs: Math.max(Date.parse(bar.covers.end) - from, stepMs), since: from };
}

/**
 * @param {EnergyBar} bar
 * @param {boolean} isWhole
 * @param {boolean} isOpen
 * @returns {import("../../parts/chart.js").Mark[]}
 */
function marksOf(bar, isWhole, isOpen) {
  if (amountOf(bar) === null) return ["none"];
  /** @type {import("../../parts/chart.js").Mark[]} */
  const marks = [];
  if (isWhole) marks.push("together");
  else if (isOpen) marks.push("open");
  else if (!bar.complete) marks.push("part");
  if ((bar.estimated_wh ?? bar.estimated_l ?? 0) !== 0) marks.push("estimated");
  if (bar.corrected) marks.push("corrected");
  return marks;
}

/**
 * @param {number} start
 * @param {number} end
 * @param {Known} known
 * @param {boolean} changes
 */
function whenOf(start, end, { zone, resolution }, changes) {
  const first = dayAt(start, zone);
  const last = dayAt(end - 1, zone);
  if (resolution === "P1M") {
    const [from, to] = [shortMonth(first), shortMonth(last)];
    return from === to ? `${from} ${first.slice(0, 4)}` : `${from} to ${to} ${last.slice(0, 4)}`;
  }
  if (resolution === "P1D") {
    if (first === last) return `${weekday(first).slice(0, 3)} ${shortDay(first)}`;
    return `${shortDay(first)} to ${shortDay(last)}`;
  }
  const from = clockAt(start, zone);
  const to = endClockAt(end, zone);
  if (!changes) return `${from}–${to}`;
  const [before, after] = [abbreviation(start, zone), abbreviation(end, zone)];
  return before === after ? `${from}–${to} ${after}` : `${from} ${before}–${to} ${after}`;
}

/**
 * @param {EnergyBar} bar
 * @param {Known} known
 * @param {string[]} marks
 * @param {{since: number} | null} whole
 */
function noteOf(bar, known, marks, whole) {
  /** @param {Interval} each */
  const said = (each) =>
    `${momentAt(Date.parse(each.start), known.zone)} – ${momentAt(Date.parse(each.end), known.zone)}`;
  const notes = [];
  if (marks.includes("none")) notes.push("no readings");
  if (marks.includes("open")) notes.push("so far");
  for (const gap of bar.gaps) notes.push(`no readings ${said(gap)}`);
  if (whole !== null) {
    notes.push(`measured as one since ${momentAt(whole.since, known.zone)}, drawn at its mean`);
  }
  for (const reset of bar.resets) {
    notes.push(`the register fell ${said(reset)}: what was counted then is not known`);
  }
  for (const each of bar.rollovers) notes.push(`the register passed its end ${said(each)}`);
  if (marks.includes("part") && notes.length === 0) notes.push("not all of it was measured");
  const estimated = bar.estimated_wh ?? bar.estimated_l ?? 0;
  if (estimated !== 0) {
    const isAll = estimated === amountOf(bar);
    notes.push(isAll ? "estimated" : `${known.amount(estimated)} of it estimated`);
  }
  if (bar.corrected) notes.push("corrected by late readings");
  return notes.join("; ");
}

/**
 * What is usual at the times of bars, those to come too, where a model knows.
 * @param {EnergyBar[]} bars
 * @returns {import("../../parts/chart.js").Span[]}
 */
export function bandOf(bars) {
  return bars.flatMap((bar) => {
    const { usual_least_wh: least, usual_most_wh: most, spans: parts } = bar;
    if (least === null || most === null) return [];
    return [{ start: Date.parse(bar.start), end: Date.parse(bar.end), least, most, parts }];
  });
}

/**
 * Times in which nothing was heard, to be hatched: bars without readings that follow each other as
 * one, and the gaps within bars.
 * @param {EnergyBar[]} bars
 * @param {Known} known
 * @param {{from: number, to: number}} shown
 */
export function gapsOf(bars, known, shown) {
  /** @type {{start: number, end: number}[]} */
  const found = [];
  let heardMs = null;
  for (const bar of bars) {
    const start = Date.parse(bar.start);
    const end = Math.min(Date.parse(bar.end), known.streamMs);
    if (amountOf(bar) !== null) heardMs = bar.covers && Date.parse(bar.covers.end);
    else if (!isToCome(bar, known) && start < end) {
      const last = found.at(-1);
      if (last !== undefined && last.end === start) last.end = end;
      else found.push({ start: heardMs ?? start, end });
    }
    for (const gap of bar.gaps) {
      found.push({ start: Date.parse(gap.start), end: Date.parse(gap.end) });
    }
  }
  return found
    .map(({ start, end }) => ({
      start: Math.max(start, shown.from),
      end: Math.min(end, shown.to),
      words: `no readings ${momentAt(start, known.zone)} – ${momentAt(end, known.zone)}`,
    }))
    .filter((each) => each.start < each.end);
}

/**
 * Where the time axis has words: each third hour, each fifth day or so, each month.
 * @param {number} from
 * @param {number} to
 * @param {string} resolution
 * @param {string} zone
 * @param {boolean} isNarrow
 */
export function ticksOf(from, to, resolution, zone, isNarrow) {
  const stepMs = resolution === "PT30M" ? HALF_HOUR_MS : resolution === "P1D" ? HOUR_MS : 6 * HOUR_MS;
  /** @type {{at: number, text: string}[]} */
  const found = [];
  let before = "";
  for (let at = from; at <= to; at += stepMs) {
    const day = dayAt(at, zone);
    if (resolution === "PT30M") {
      const time = clockAt(at, zone);
      const every = isNarrow ? 6 : 3;
      const isTick = time.endsWith(":00") && Number(time.slice(0, 2)) % every === 0;
      // An hour that the clock repeats has one word.
      if (isTick && (time !== before || at === to)) found.push({ at, text: at === to ? "24:00" : time });
      if (isTick) before = time;
    } else if (resolution === "P1D") {
      const date = Number(day.slice(8));
      const isTick = date === 1 || (date % (isNarrow ? 10 : 5) === 0 && date < 31);
      if (isTick && day !== before && at < to) found.push({ at: at + 12 * HOUR_MS, text: shortDay(day) });
      before = day;
    } else {
      const month = day.slice(0, 7);
      if (month !== before && at < to) {
        const name = shortMonth(day);
        found.push({ at: at + 15 * 24 * HOUR_MS, text: isNarrow ? name.slice(0, 1) : name });
      }
      before = month;
    }
  }
  return found;
}
