/** Local dates as text, `2013-12-23`: of a calendar, and so of no zone until somebody names one. */

/** @typedef {string} Day */

const DAY_MS = 86_400_000;
const MINUTES_MS = 60_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * A format that is made once.
 * @param {string} zone IANA name
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, made);
  }
  return made;
}

/**
 * The local date of a time.
 * @param {number} ms
 * @param {string} zone
 * @returns {Day}
 */
export function dayAt(ms, zone) {
  const said = format(zone, { year: "numeric", month: "2-digit", day: "2-digit" });
  const parts = Object.fromEntries(said.formatToParts(ms).map((each) => [each.type, each.value]));
  return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}`;
}

/**
 * The time of a day, 16:20 or 16:20:05.
 * @param {number} ms
 * @param {string} zone
 */
export function clockAt(ms, zone, seconds = false) {
  const second = seconds ? { second: "2-digit" } : {};
  return format(zone, { hour: "2-digit", minute: "2-digit", ...second }).format(ms);
}

/**
 * The time of a day at which something ends: at midnight 24:00.
 * @param {number} ms
 * @param {string} zone
 */
export function endClockAt(ms, zone) {
  const time = clockAt(ms, zone);
  return time === "00:00" ? "24:00" : time;
}

/**
 * What a zone calls its time then: GMT, BST, GMT+5:45.
 * @param {number} ms
 * @param {string} zone
 */
export function abbreviation(ms, zone) {
  const parts = format(zone, { hour: "2-digit", timeZoneName: "short" }).formatToParts(ms);
  return parts.find((each) => each.type === "timeZoneName")?.value ?? zone;
}

/**
 * Day and time in a few words: 23 Dec 16:20.
 * @param {number} ms
 * @param {string} zone
 */
export function momentAt(ms, zone) {
  return `${shortDay(dayAt(ms, zone))} ${clockAt(ms, zone)}`;
}

/**
 * How long a local day is: 23 or 25 hours where clocks are changed in it.
 * @param {number} fromMs
 * @param {number} toMs
 */
export function changesClock(fromMs, toMs) {
  return Math.abs(toMs - fromMs - DAY_MS) > MINUTES_MS;
}

/**
 * @param {Day} day
 * @returns {Date} noon of it, in UTC: for counting days, and nothing else
 */
function noon(day) {
  return new Date(`${day}T12:00:00Z`);
}

/**
 * @param {Date} date
 * @returns {Day}
 */
function text(date) {
  return date.toISOString().slice(0, 10);
}

/**
 * @param {Day} day
 * @param {number} count
 * @returns {Day}
 */
export function addDays(day, count) {
  const date = noon(day);
  date.setUTCDate(date.getUTCDate() + count);
  return text(date);
}

/**
 * The first day of the month that is so many later.
 * @param {Day} day
 * @param {number} count
 * @returns {Day}
 */
export function addMonths(day, count) {
  const date = noon(`${day.slice(0, 7)}-01`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return text(date);
}

/**
 * The day that an address names; null if that is none.
 * @param {URLSearchParams} query
 * @returns {Day | null}
 */
export function dayIn(query) {
  const day = query.get("date") ?? "";
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const date = noon(day);
  return !Number.isNaN(date.getTime()) && text(date) === day ? day : null;
}

/** @param {Day} day */
export function longDay(day) {
  const options = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  return format("UTC", options).format(noon(day)).replace(",", "");
}

/** @param {Day} day */
export function shortDay(day) {
  return format("UTC", { day: "numeric", month: "short" }).format(noon(day));
}

/** @param {Day} day */
export function weekday(day) {
  return format("UTC", { weekday: "long" }).format(noon(day));
}

/** @param {Day} day */
export function monthName(day) {
  return format("UTC", { month: "long", year: "numeric" }).format(noon(day));
}

/** @param {Day} day */
export function shortMonth(day) {
  return format("UTC", { month: "short" }).format(noon(day));
}
