// What alerts are called, and how their severity is told apart without colours.

import { span } from "../core/format.js";
import { html } from "../core/html.js";
import { exactly } from "./amounts.js";

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];

/** @type {Record<string, string>} */
export const KINDS = {
  outage: "Outage",
  meter_silent: "Silent meter",
  repeated_outage: "Repeated outages",
  stuck_register: "Register stands still",
  register_back: "Register went back",
  use_while_off: "Use while off",
  unusual_use: "Unusual use",
  zero_use: "No use",
  overload: "Overload",
  voltage_low: "Low voltage",
  voltage_high: "High voltage",
  feeder_loss: "Losses of a feeder",
  feed_quiet: "Quiet partition",
  feed_stopped: "No readings",
};

/** The worst first. */
export const SEVERITIES = ["critical", "major", "warning", "notice"];

/** @type {Record<string, string>} */
export const LIVES = {
  open: "Open",
  acknowledged: "Acknowledged",
  cleared_unseen: "Cleared, not seen",
  closed: "Closed",
};

/** @type {Record<string, string>} */
export const CAUSES = {
  power: "Power is lost",
  communication: "The link is lost",
  mixed: "Power of some, the link of others",
};

/** @type {Record<string, string>} */
const SHAPES = {
  critical: "M5 0h6l5 5v6l-5 5H5l-5-5V5zM7 3v6h2V3zm0 8v2h2v-2z",
  major: "M8 0l8 15H0zM7 5v5h2V5zm0 6v2h2v-2z",
  warning: "M8 1l7.5 14H.5zM8 5L4 13h8z",
  notice: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM7 7h2v5H7zm0-3h2v2H7z",
};

/**
 * A severity: its own shape, and its word.
 * @param {{severity: string, short?: boolean}} props
 */
export function Severity({ severity, short = false }) {
  return html`<span class="severity is-${severity}">
    <svg class="severity-shape" viewBox="0 0 16 16" aria-hidden="true">
      <path fill-rule="evenodd" d=${SHAPES[severity]} />
    </svg>
    <span class=${short ? "unseen" : ""}>${capital(severity)}</span>
  </span>`;
}

/** @param {string} kind */
export const kindName = (kind) => KINDS[kind] ?? capital(kind.replaceAll("_", " "));

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whether what an alert tells of is over. @param {{life: string}} alert */
export const isOver = ({ life }) => life === "closed" || life === "cleared_unseen";

/** What a button says that takes an alert. @param {{life: string}} alert */
export const takeWord = (alert) => (isOver(alert) ? "Seen" : "Acknowledge");

/**
 * How many homes an alert is of, in words; empty where that says nothing.
 * @param {{kind: string, homes_count: number, homes_out: number | null, life: string}} alert
 */
export function homesOf(alert) {
  if (alert.homes_count <= 1) return "";
  if (isOver(alert) || alert.homes_out === null || alert.kind !== "outage") return `${alert.homes_count} homes`;
  if (alert.homes_out === alert.homes_count) return `${alert.homes_count} homes out`;
  return `${alert.homes_out} of ${alert.homes_count} homes out`;
}

const WORDS_OF_UNITS = new Map([
  ["wh", "Wh"],
  ["kwh", "kWh"],
  ["w", "W"],
  ["kw", "kW"],
  ["kva", "kVA"],
  ["v", "V"],
  ["ms", "ms"],
  ["s", "s"],
  ["minutes", "minutes"],
  ["days", "days"],
  ["hours", "hours"],
  ["percent", "%"],
]);

/**
 * How long something took: "25 h", "3 h 5 min", rounded to the last part that is said.
 * @param {number} ms
 */
export function lengthWords(ms) {
  if (ms < MINUTE_MS) return `${exactly(ms / SECOND_MS)} s`;
  if (ms >= 48 * HOUR_MS) return span(Math.round(ms / HOUR_MS) * HOUR_MS);
  if (ms < HOUR_MS) return span(Math.round(ms / SECOND_MS) * SECOND_MS);
  const minutes = Math.round(ms / MINUTE_MS);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/**
 * A number of the evidence: its name as words, and its unit, which its name ends with.
 * @param {string} name Such as `supply_before_w`.
 * @returns {[string, string]}
 */
export function evidenceName(name) {
  const parts = name.split("_");
  const unit = WORDS_OF_UNITS.get(parts[parts.length - 1]);
  if (!unit || parts.length === 1) return [capital(parts.join(" ")), ""];
  return [capital(parts.slice(0, -1).join(" ")), unit];
}
