/** Numbers and times as people read them: units chosen once, no minus zero, zones by their names. */

import { energyUnit, volumeUnit } from "./settings.js";

const J_PER_WH = 3_600;
/** US gallon. */
const L_PER_GAL = 3.785411784;
/** Hundred cubic feet. */
const L_PER_CCF = 2_831.6846592;

const NONE = "–";
const MINUS_ZERO = /^-(0(?:[.,]0+)?)$/;

/**
 * @typedef {object} Unit
 * @property {string} name
 * @property {number} divisor how many of the API's unit make one
 */

/** @type {Record<string, Unit[]>} the largest first */
const SCALES = {
  w: [
    { name: "MW", divisor: 1e6 },
    { name: "kW", divisor: 1e3 },
    { name: "W", divisor: 1 },
  ],
  "wh kWh": [
    { name: "GWh", divisor: 1e9 },
    { name: "MWh", divisor: 1e6 },
    { name: "kWh", divisor: 1e3 },
    { name: "Wh", divisor: 1 },
  ],
  "wh MJ": [
    { name: "TJ", divisor: 1e12 / J_PER_WH },
    { name: "GJ", divisor: 1e9 / J_PER_WH },
    { name: "MJ", divisor: 1e6 / J_PER_WH },
    { name: "kJ", divisor: 1e3 / J_PER_WH },
  ],
  "l m³": [
    { name: "m³", divisor: 1e3 },
    { name: "l", divisor: 1 },
  ],
  "l ccf": [{ name: "ccf", divisor: L_PER_CCF }],
  "l gal": [{ name: "gal", divisor: L_PER_GAL }],
  "l_per_h m³": [
    { name: "m³/h", divisor: 1e3 },
    { name: "l/h", divisor: 1 },
  ],
  "l_per_h ccf": [{ name: "ccf/h", divisor: L_PER_CCF }],
  "l_per_h gal": [{ name: "gal/h", divisor: L_PER_GAL }],
};

/** @param {"w" | "wh" | "l" | "l_per_h"} of */
function scaleOf(of) {
  if (of === "w") return SCALES.w;
  return SCALES[`${of} ${of === "wh" ? energyUnit.value : volumeUnit.value}`];
}

/**
 * The unit in which amounts of one view are told: the largest of which there is at least one.
 * @param {"w" | "wh" | "l" | "l_per_h"} of
 * @param {(number | null | undefined)[]} amounts
 * @returns {Unit}
 */
export function unitOf(of, amounts) {
  const most = Math.max(0, ...amounts.map((each) => Math.abs(each ?? 0)));
  const scale = scaleOf(of);
  return scale.find(({ divisor }) => most >= divisor) ?? scale[scale.length - 1];
}

/**
 * At most four significant digits, and never those before the point cut.
 * @param {number | null | undefined} amount
 */
export function number(amount) {
  if (amount === null || amount === undefined || !Number.isFinite(amount)) return NONE;
  const whole = Math.abs(amount) >= 1_000;
  const how = whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return new Intl.NumberFormat("en", how).format(amount).replace(MINUS_ZERO, "$1");
}

/** All digits, for who looks closer. @param {number | null | undefined} amount @param {string} unit */
export function exact(amount, unit) {
  if (amount === null || amount === undefined) return "not known";
  const text = new Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(amount);
  return `${text.replace(MINUS_ZERO, "$1")} ${unit}`;
}

/**
 * An amount with its unit.
 * @param {"w" | "wh" | "l" | "l_per_h"} of
 * @param {number | null | undefined} amount
 * @param {Unit} [unit]
 */
export function amount(of, amount, unit = unitOf(of, [amount])) {
  if (amount === null || amount === undefined) return NONE;
  return `${number(amount / unit.divisor)} ${unit.name}`;
}

/** @param {number | null | undefined} w @param {Unit} [unit] */
export const power = (w, unit) => amount("w", w, unit);
/** @param {number | null | undefined} wh @param {Unit} [unit] */
export const energy = (wh, unit) => amount("wh", wh, unit);
/** @param {number | null | undefined} l @param {Unit} [unit] */
export const volume = (l, unit) => amount("l", l, unit);
/** @param {number | null | undefined} l_per_h @param {Unit} [unit] */
export const flow = (l_per_h, unit) => amount("l_per_h", l_per_h, unit);

/** What flows, of any commodity. @param {{demand_w: number | null, flow_l_per_h: number | null}} of */
export function drawn(of) {
  return of.demand_w === null ? flow(of.flow_l_per_h) : power(of.demand_w);
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone @param {Intl.DateTimeFormatOptions} how */
function format(zone, how) {
  const key = `${zone} ${JSON.stringify(how)}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...how });
    formats.set(key, found);
  }
  return found;
}

/** @param {number | string | null | undefined} at epoch ms, or RFC 3339 */
function epoch(at) {
  if (at === null || at === undefined) return null;
  return typeof at === "string" ? Date.parse(at) : at;
}

/** "14:03:05". @param {number | string | null | undefined} at @param {string} zone */
export function clockTime(at, zone) {
  const ms = epoch(at);
  if (ms === null) return NONE;
  return format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
}

/** "5 Jan 2013, 14:03:05". @param {number | string | null | undefined} at @param {string} zone */
export function dateTime(at, zone) {
  const ms = epoch(at);
  return ms === null ? NONE : `${day(ms, zone)}, ${clockTime(ms, zone)}`;
}

/** "5 Jan 2013". @param {number | string | null | undefined} at @param {string} zone */
export function day(at, zone) {
  const ms = epoch(at);
  if (ms === null) return NONE;
  return format(zone, { day: "numeric", month: "short", year: "numeric" }).format(ms);
}

/** "5 Jan 2013, 14:03:05 GMT". @param {number | string | null | undefined} at @param {string} zone */
export function moment(at, zone) {
  const ms = epoch(at);
  if (ms === null) return NONE;
  const parts = format(zone, { timeZoneName: "short" }).formatToParts(ms);
  return `${dateTime(ms, zone)} ${parts.find(({ type }) => type === "timeZoneName")?.value ?? zone}`;
}

/** "London time", or "UTC". @param {string} zone IANA name */
export function zoneName(zone) {
  if (zone === "UTC" || !zone.includes("/")) return zone;
  return `${zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ")} time`;
}

/** A span in its two largest parts: "3 h 5 min". @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 60) return `${s} s`;
  const parts = [
    [Math.floor(s / 86_400), "d"],
    [Math.floor(s / 3_600) % 24, "h"],
    [Math.floor(s / 60) % 60, "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count !== 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count !== 0);
  return shown.map(([count, name]) => `${count} ${name}`).join(" ");
}

/** "12 s ago". @param {number} ms */
export function ago(ms) {
  return `${span(ms)} ago`;
}

/** A count: "1,234 meters", "1 meter". @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${new Intl.NumberFormat("en").format(count)} ${count === 1 ? one : many}`;
}
