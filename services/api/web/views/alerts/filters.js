// Which alerts are listed: by what stands in the address, so that a list can be sent to somebody.

import { html } from "../../core/html.js";
import { KINDS, LIVES, SEVERITIES, capital } from "../../parts/alert_words.js";

/**
 * @typedef {object} Filters
 * @property {string[]} life
 * @property {string} severity This, or worse; empty is all.
 * @property {string} kind
 * @property {string} area How its geohash begins.
 * @property {string} within Opened within so many seconds of the stream.
 */

/** What somebody has to look at. */
const USUAL = ["open", "acknowledged", "cleared_unseen"];

const AGES = [
  ["", "any age"],
  ["900", "the last 15 minutes"],
  ["3600", "the last hour"],
  ["21600", "the last 6 hours"],
  ["86400", "the last 24 hours"],
];

/**
 * @param {Record<string, string>} query Of the address.
 * @returns {Filters}
 */
export function filtersOf(query) {
  const asked = (query.life ?? "").split(",").filter((each) => each in LIVES);
  return {
    life: asked.length ? asked : USUAL,
    severity: SEVERITIES.includes(query.severity) ? query.severity : "",
    kind: query.kind in KINDS ? query.kind : "",
    area: /^[0-9b-hjkmnp-z]{1,12}$/.test(query.area ?? "") ? query.area : "",
    within: AGES.some(([age]) => age === query.within) ? query.within : "",
  };
}

/**
 * The address of the answer with these alerts.
 * @param {Filters} filters
 * @param {number} limit
 */
export function pathOf({ life, severity, kind, area, within }, limit) {
  const asked = new URLSearchParams(life.map((each) => ["life", each]));
  if (severity) asked.set("severity", severity);
  if (kind) asked.set("kind", kind);
  if (area) asked.set("area", area);
  if (within) asked.set("opened_within_s", within);
  asked.set("limit", String(limit));
  return `/v1/alerts?${asked}`;
}

/**
 * What of the filters stands in the address: what is usual does not.
 * @param {Filters} filters
 * @returns {Record<string, string>}
 */
export function queryOf({ life, ...others }) {
  const usual = life.length === USUAL.length && USUAL.every((each) => life.includes(each));
  const all = { life: usual ? "" : life.join(","), ...others };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/**
 * @param {{filters: Filters, onFilter: (filters: Filters) => void}} props
 */
export function FilterBar({ filters, onFilter }) {
  /** @param {Partial<Filters>} change */
  const set = (change) => onFilter({ ...filters, ...change });
  /** @param {string} life */
  const toggle = (life) => {
    const rest = filters.life.filter((each) => each !== life);
    const chosen = rest.length === filters.life.length ? [...rest, life] : rest;
    set({ life: chosen.length ? chosen : USUAL });
  };
  return html`<form class="filters" role="search" aria-label="Filter alerts" onSubmit=${quiet}>
    <div class="choices" role="group" aria-label="State">
      ${Object.entries(LIVES).map(
        ([life, words]) => html`<button
          type="button"
          key=${life}
          aria-pressed=${filters.life.includes(life)}
          onClick=${() => toggle(life)}
        >
          ${words}
        </button>`,
      )}
    </div>
    <label>
      <span>Severity</span>
      <select value=${filters.severity} onChange=${onValue((severity) => set({ severity }))}>
        <option value="">any</option>
        ${SEVERITIES.slice(0, -1).map(
          (each) => html`<option key=${each} value=${each} selected=${each === filters.severity}>
            ${each === "critical" ? "Critical" : `${capital(each)} or worse`}
          </option>`,
        )}
      </select>
    </label>
    <label>
      <span>Kind</span>
      <select value=${filters.kind} onChange=${onValue((kind) => set({ kind }))}>
        <option value="">any</option>
        ${Object.entries(KINDS).map(
          ([kind, words]) => html`<option key=${kind} value=${kind} selected=${kind === filters.kind}>${words}</option>`,
        )}
      </select>
    </label>
    <label>
      <span>Area</span>
      <input
        type="text"
        value=${filters.area}
        placeholder="gcpuy"
        pattern="[0-9b-hjkmnp-z]{1,12}"
        title="How its geohash begins, such as gcpu"
        autocomplete="off"
        spellcheck="false"
        size="7"
        onChange=${onValue((area) => set({ area: area.trim().toLowerCase() }))}
      />
    </label>
    <label>
      <span>Opened in</span>
      <select value=${filters.within} onChange=${onValue((within) => set({ within }))}>
        ${AGES.map(
          ([age, words]) => html`<option key=${age} value=${age} selected=${age === filters.within}>${words}</option>`,
        )}
      </select>
    </label>
  </form>`;
}

/** @param {Event} event */
const quiet = (event) => event.preventDefault();

/** @param {(value: string) => void} take */
const onValue = (take) => (/** @type {Event} */ event) =>
  take(/** @type {HTMLInputElement} */ (event.currentTarget).value);
