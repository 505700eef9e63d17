/** All bills that have lines of a customer's month: the first one, and what corrects it. */

import { day } from "../../core/format.js";
import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { kindWords, monthWords } from "../../parts/bill_words.js";
import { money } from "../../parts/money.js";
import { Table } from "../../parts/table.js";

/** @typedef {import("../bills.js").Bill & {of_month_minor: number}} Bill */

/** @param {{bill: any}} props */
export function History({ bill }) {
  /** @type {import("../../parts/table.js").Column<Bill>[]} */
  const columns = [
    {
      key: "bill",
      label: "Bill",
      cell: (each) =>
        each.number === bill.number
          ? html`<span>${kindWords(each.kind)} ${each.number} <span class="muted">this one</span></span>`
          : html`<${Link} to=${`/bills/${each.number}`}>${kindWords(each.kind)} ${each.number}</${Link}>`,
    },
    { key: "issued", label: "Issued", cell: (each) => day(each.issued_at, each.time_zone) },
    { key: "amount", label: `Of ${monthWords(bill.month)}, without tax`, number: true, cell: (each) => money(each.of_month_minor, each) },
  ];
  const many = bill.history.length;
  return html`<section class="card" aria-labelledby="history-heading">
    <h2 id="history-heading">All of ${monthWords(bill.month)}</h2>
    <${Table} name=${`Bills of ${monthWords(bill.month)}`} columns=${columns} rows=${bill.history} id=${(/** @type {Bill} */ each) => each.number} />
    <p>${many === 1 ? "No other bill has corrected it." : html`Together: <b>${money(bill.month_net_minor, bill)}</b> without tax.`}</p>
    ${bill.month_waiting_minor !== 0 && html`<p>A correction of <b>${money(bill.month_waiting_minor, bill)}</b> without tax will be on the next bill.</p>`}
  </section>`;
}
