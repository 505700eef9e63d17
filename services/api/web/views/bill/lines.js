/** The lines of a bill: what was used at which price, and of a correction what it was before. */

import { html } from "../../core/html.js";
import { knownWords, monthWords, reasonWords } from "../../parts/bill_words.js";
import { money, priceWords, quantityWords } from "../../parts/money.js";
import { Table } from "../../parts/table.js";

/**
 * @typedef {import("../../parts/money.js").Quantity & {
 *   line: number, month: string, premises_id: string, plan_name: string, component: string, band: string | null,
 *   since: string | null, reason: string, minor: number, before_minor: number, now_minor: number,
 *   tax_category: string, tax_rate: string, retaxed: boolean,
 *   mean_price: string | null, price_per: string | null,
 *   known: (import("../../parts/money.js").Quantity & {how: string})[]}} Line
 */

/** @param {{bill: any, shown: number | null, onShow: (line: number | null) => void}} props */
export function Lines({ bill, shown, onShow }) {
  /** @type {Line[]} */
  const lines = bill.lines;
  const isCorrection = lines.some(({ reason }) => reason !== "first");
  const hasMany = new Set(lines.map((each) => each.premises_id)).size > 1;
  const hasMonths = lines.some(({ month }) => month !== bill.month);
  /** @type {import("../../parts/table.js").Column<Line>[]} */
  const columns = [
    ...(hasMonths ? [{ key: "month", label: "Month", cell: (/** @type {Line} */ each) => monthWords(each.month) }] : []),
    ...(hasMany ? [{ key: "premises", label: "Where", cell: (/** @type {Line} */ each) => each.premises_id }] : []),
    { key: "what", label: "What", cell: (each) => html`<span>${whatWords(each)} <span class="muted">${each.plan_name}</span></span>` },
    { key: "quantity", label: isCorrection ? (hasMonths ? "Quantity, or changed by" : "Changed by") : "Quantity", number: true, cell: quantityWords },
    { key: "price", label: "Price without tax", number: true, cell: (each) => priceWords(each.mean_price, each.price_per, bill) },
    { key: "known", label: "How known", cell: (each) => knownWords(each.known) },
    ...(isCorrection
      ? [
          { key: "why", label: "Why", cell: whyWords },
          { key: "before", label: "Billed before", number: true, cell: (/** @type {Line} */ each) => money(each.before_minor, bill) },
          { key: "now", label: "Is now", number: true, cell: (/** @type {Line} */ each) => money(each.now_minor, bill) },
        ]
      : []),
    { key: "amount", label: "Amount", number: true, cell: (each) => html`<b>${money(each.minor, bill)}</b>` },
    {
      key: "story",
      label: "Made of",
      cell: (each) => html`<button
        type="button"
        aria-expanded=${each.line === shown}
        aria-label=${`Days of ${lineWords(each, bill)}`}
        onClick=${() => onShow(each.line === shown ? null : each.line)}
      >
        Days
      </button>`,
    },
  ];
  return html`<${Table} name="Lines with prices" columns=${columns} rows=${lines} id=${(/** @type {Line} */ each) => String(each.line)} />`;
}

/** Why a line is on the bill. @param {Line} line */
export function whyWords({ reason, retaxed, tax_category: category, tax_rate: rate }) {
  if (!retaxed) return reasonWords(reason);
  return `tax ${category} ${rate} %`;
}

/** What a line is of, and of which month if it is another than its bill's. @param {Line} line @param {{month: string}} bill */
export function lineWords(line, { month }) {
  return line.month === month ? whatWords(line) : `${whatWords(line)}, ${monthWords(line.month)}`;
}

/** What a line is of: the band of a price, or the component of a plan. @param {Line} line */
export function whatWords({ band, component, since }) {
  const what = band ?? component;
  const words = what.charAt(0).toUpperCase() + what.slice(1).replaceAll("_", " ");
  return since === null ? words : `${words} from ${since}`;
}
