/** What a household is looked at over: a day, a month or a year of its zone, or live. */

import { addDays, addMonths, dayAt, dayIn, longDay, monthName } from "../../parts/calendar.js";

/** @typedef {"live" | "day" | "month" | "year"} Kind */

/**
 * @typedef {object} Range
 * @property {Kind} kind
 * @property {string} day the first day of it, as a local date
 * @property {string} start as the API is asked: local time of the zone
 * @property {string} end
 * @property {string} resolution of its bars, ISO 8601
 * @property {string} title
 * @property {string} earlier a day in the range before
 * @property {string | null} later a day in the range after; null if that is not begun yet
 */

/** Of a bar, as the reader is told. */
export const BAR_WORDS = { PT30M: "half-hours", P1D: "days", P1M: "months" };

/** Minutes beyond which a meter reads too seldom for a line of 15 minutes. */
export const LIVE_CADENCE_MS = 5 * 60_000;

/**
 * The range that an address names; today where it names none.
 * @param {URLSearchParams} query
 * @param {{zone: string, streamMs: number, live: boolean}} known `live`: whether there is a live one
 * @returns {Range}
 */
export function rangeOf(query, { zone, streamMs, live }) {
  const today = dayAt(streamMs, zone);
  const date = dayIn(query) ?? today;
  const named = /** @type {Kind} */ (query.get("range"));
  switch (named) {
    case "month": {
      const first = addMonths(date, 0);
      return made("month", first, addMonths(first, 1), "P1D", monthName(first), today);
    }
    case "year": {
      const first = `${date.slice(0, 4)}-01-01`;
      return made("year", first, addMonths(first, 12), "P1M", date.slice(0, 4), today);
    }
    default: {
      const kind = named === "live" && live ? "live" : "day";
      const day = kind === "live" ? today : date;
      return made(kind, day, addDays(day, 1), "PT30M", longDay(day), today);
    }
  }
}

/**
 * @param {Kind} kind
 * @param {string} first
 * @param {string} after the first day that is not in it
 * @param {string} resolution
 * @param {string} title
 * @param {string} today
 * @returns {Range}
 */
function made(kind, first, after, resolution, title, today) {
  return {
    kind,
    day: first,
    start: `${first}T00:00:00`,
    end: `${after}T00:00:00`,
    resolution,
    title,
    earlier: addDays(first, -1),
    later: after <= today ? after : null,
  };
}

/**
 * The same weekday a week before, of a day.
 * @param {Range} range
 */
export function weekBefore(range) {
  const day = addDays(range.day, -7);
  return { day, start: `${day}T00:00:00`, end: `${addDays(day, 1)}T00:00:00` };
}

/**
 * The address of a range.
 * @param {string} meterId
 * @param {Kind} kind
 * @param {string} [date]
 */
export function rangeLink(meterId, kind, date) {
  const query = new URLSearchParams({ range: kind });
  if (date !== undefined && kind !== "live") query.set("date", date);
  return `/meters/${encodeURIComponent(meterId)}?${query}`;
}

/**
 * The day whose bars a reading ends: of one at midnight the day before.
 * @param {number} ms
 * @param {string} zone
 */
export function dayEndedBy(ms, zone) {
  return dayAt(ms - 1, zone);
}

/**
 * What the API is asked for of a range.
 * @param {string} meterId
 * @param {"energy" | "quality" | "minutes"} what
 * @param {{start: string, end: string, resolution?: string}} range
 * @param {string} zone
 */
export function historyPath(meterId, what, range, zone) {
  const query = new URLSearchParams({ start: range.start, end: range.end, tz: zone });
  if (what === "energy" && range.resolution) query.set("resolution", range.resolution);
  return `/v1/meters/${encodeURIComponent(meterId)}/${what}?${query}`;
}

