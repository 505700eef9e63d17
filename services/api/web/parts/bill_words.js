/** Bills in words: what kind they are, why a line was issued, how a quantity is known. */

import { html } from "../core/html.js";
import { share } from "./amounts.js";
import { monthName } from "./calendar.js";
import { sizeOf } from "./money.js";

/** @type {Record<string, string>} */
const KINDS = { invoice: "Invoice", credit_note: "Credit note" };

/** @type {Record<string, string>} */
const REASONS = {
  first: "first bill of the month",
  late_reading: "readings came late",
  estimate_replaced: "readings came in the place of an estimate",
  edit: "a person corrected readings",
  move: "somebody moved earlier or later than was known",
  price: "a price was corrected",
  plan: "another plan, or another version of it",
  rule: "the rules of billing changed",
  rounding: "rounding",
};

/** @type {Record<string, string>} */
const HOW = {
  measured: "measured",
  shape_estimated: "measured, its times estimated",
  estimated: "estimated",
  estimate_final: "estimated for good",
  edited: "corrected by a person",
  not_known: "not known",
};

/** @param {string} kind */
export const kindWords = (kind) => KINDS[kind] ?? kind;

/** @param {string} reason */
export const reasonWords = (reason) => REASONS[reason] ?? reason;

/** "July 2013". @param {string} month `2013-07` */
export const monthWords = (month) => monthName(`${month}-01`);

/**
 * How a quantity is known: "measured", or "measured 98 %, estimated 2 %".
 * @param {(import("./money.js").Quantity & {how: string})[]} known
 */
export function knownWords(known) {
  if (known.length === 0) return "–";
  const words = (/** @type {string} */ how) => HOW[how] ?? how;
  if (known.length === 1) return words(known[0].how);
  const sized = known.map((each) => ({ how: each.how, size: Math.abs(sizeOf(each) ?? 0) }));
  const whole = sized.reduce((sum, each) => sum + each.size, 0) || 1;
  sized.sort((one, other) => other.size - one.size);
  return sized.map(({ how, size }) => `${words(how)} ${share(size / whole)}`).join(", ");
}

/**
 * What a bill is marked with.
 * @param {{bill: {kind: string, provisional: boolean, estimated: boolean}, withKind?: boolean}} props
 *   withKind: where nothing else says that it is a credit note
 */
export function Marks({ bill, withKind = false }) {
  return html`<span class="marks">
    ${withKind && bill.kind === "credit_note" && html`<span class="tag">Credit note</span>`}
    ${bill.estimated && html`<span class="tag tag-warn">Has estimates</span>`}
    ${bill.provisional && html`<span class="tag">Provisional</span>`}
    ${!bill.provisional && html`<span class="tag">Final</span>`}
  </span>`;
}
