/** What runs found that a person should look at. */

import { dateTime, energy, zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { Link, link } from "../../core/router.js";
import { monthWords } from "../../parts/bill_words.js";
import { Table } from "../../parts/table.js";

/**
 * @typedef {object} Exception as the API answers it
 * @property {number} exception_id
 * @property {string} severity
 * @property {string} rule
 * @property {string | null} register_id
 * @property {string | null} premises_id
 * @property {string} commodity
 * @property {string} start
 * @property {string} end
 * @property {string} month
 * @property {string} time_zone
 * @property {Record<string, string>} detail
 */

/** @type {Record<string, string>} */
const SHAPES = { hold: "▲", review: "●", note: "○" };

/** @param {{items: Exception[], filters: Record<string, string>}} props */
export function ExceptionTable({ items, filters }) {
  /** @type {import("../../parts/table.js").Column<Exception>[]} */
  const columns = [
    {
      key: "severity",
      label: "Severity",
      cell: ({ severity }) => html`<span class=${severity === "hold" ? "bad" : ""}><span aria-hidden="true">${SHAPES[severity] ?? ""}</span> ${severity}</span>`,
    },
    {
      key: "rule",
      label: "Rule",
      cell: ({ rule }) => html`<${Link} to=${link("/settlement", { ...filters, rule })}>${rule.replaceAll("_", " ")}</${Link}>`,
    },
    { key: "of", label: "Of", cell: subjectOf },
    { key: "commodity", label: "Commodity", cell: ({ commodity }) => commodity },
    { key: "month", label: "Found in", cell: ({ month }) => (month === "" ? "–" : monthWords(month)), by: ({ month }) => month },
    {
      key: "from",
      label: "From, until",
      cell: ({ start, end, time_zone: zone }) =>
        html`<span>${dateTime(start, zone)} – ${dateTime(end, zone)} <span class="muted">${zoneName(zone)}</span></span>`,
      by: ({ start }) => Date.parse(start),
    },
    { key: "detail", label: "What it says", cell: ({ detail }) => detailWords(detail) },
  ];
  return html`<${Table}
    name="Exceptions, the severest first"
    columns=${columns}
    rows=${items}
    id=${(/** @type {Exception} */ each) => String(each.exception_id)}
    empty="Nothing is to be looked at."
  />`;
}

/** @param {Exception} each */
function subjectOf({ register_id: meter, premises_id: premises }) {
  if (meter === null) return premises ?? "–";
  return html`<${Link} to=${`/meters/${encodeURIComponent(meter)}`}>${meter}</${Link}>`;
}

/** @param {Record<string, string>} detail */
function detailWords(detail) {
  const words = Object.entries(detail)
    .filter(([, value]) => value !== "")
    .map(([name, value]) =>
      name.endsWith("_mwh") && Number.isFinite(Number(value))
        ? `${name.slice(0, -4).replaceAll("_", " ")} ${energy(Number(value) / 1_000)}`
        : `${name.replaceAll("_", " ")} ${value}`,
    );
  return words.join(", ") || "–";
}
