/** A bill: what it comes to, line by line, how well that is known, and what corrects it. */

import { useState } from "preact/hooks";
import { day } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link, link } from "../core/router.js";
import { customer } from "../core/session.js";
import { Marks, kindWords, monthWords } from "../parts/bill_words.js";
import { money } from "../parts/money.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { History } from "./bill/history.js";
import { Lines } from "./bill/lines.js";
import { Story } from "./bill/story.js";

/** @param {{number: string}} params */
export const title = (params) => `Bill ${params.number}`;

/** @param {{params: Record<string, string>}} props */
export default function Bill({ params }) {
  const { data, problem, again } = useResource(`/v1/bills/${encodeURIComponent(params.number)}`).value;
  const [line, setLine] = useState(/** @type {number | null} */ (null));
  if (data === null) {
    return html`<article class="bill">
      <h1>Bill ${params.number}</h1>
      ${problem ? html`<${ProblemNote} problem=${problem} again=${again} />` : html`<${Skeleton} lines=${8} label="Bill" />`}
      <p><${Link} to="/bills">All bills</${Link}></p>
    </article>`;
  }
  return html`<article class="bill">
    <p class="crumbs"><${Link} to="/bills">Bills</${Link}></p>
    <header class="bill-head">
      <h1>${kindWords(data.kind)} ${data.number}</h1>
      <${Marks} bill=${data} />
    </header>
    <p class="bill-total">
      <strong class="big number">${money(Math.abs(data.gross_minor), data)}</strong>${" "}<span class="muted"
        >${data.kind === "credit_note" ? "credited, " : ""}with tax, for ${monthWords(data.month)}</span
      >
    </p>
    <dl class="facts">
      ${customer.value === null &&
      html`<div>
        <dt>Customer</dt>
        <dd>${data.customer_name} <${Link} to=${link("/bills", { customer: data.customer })}>${data.customer}</${Link}></dd>
      </div>`}
      <div><dt>Premises</dt><dd>${data.premises.join(", ")}</dd></div>
      <div><dt>Issued</dt><dd>${day(data.issued_at, data.time_zone)}</dd></div>
      ${data.corrects.length > 0 && html`<div><dt>Corrects</dt><dd><${Numbers} numbers=${data.corrects} /></dd></div>`}
    </dl>
    ${data.estimated &&
    html`<p class="note note-warn">Readings are missing, and what was used then is estimated. Once they are there, a later bill makes up the difference.</p>`}
    ${data.provisional &&
    html`<p class="note">Provisional: until ${monthWords(data.month)} is final, what comes late may still be corrected by a later bill. This one stays as it is.</p>`}
    <section class="card" aria-labelledby="lines-heading">
      <h2 id="lines-heading">Lines</h2>
      <${Lines} bill=${data} shown=${line} onShow=${setLine} />
      ${line !== null && html`<${Story} key=${line} bill=${data} line=${data.lines[line - 1]} onClose=${() => setLine(null)} />`}
    </section>
    <section class="card" aria-labelledby="sum-heading">
      <h2 id="sum-heading">What it comes to</h2>
      <${Sums} bill=${data} />
    </section>
    <${History} bill=${data} />
  </article>`;
}

/** @param {{numbers: string[]}} props */
function Numbers({ numbers }) {
  return numbers.map((each, at) => html`${at > 0 && ", "}<${Link} key=${each} to=${`/bills/${each}`}>${each}</${Link}>`);
}

/** Net, each tax and all of it. @param {{bill: any}} props */
function Sums({ bill }) {
  return html`<dl class="sums">
    <div><dt>Without tax</dt><dd class="number">${money(bill.net_minor, bill)}</dd></div>
    ${bill.taxes.map(
      (/** @type {any} */ tax) => html`<div key=${`${tax.category} ${tax.rate}`}>
        <dt>Tax ${tax.category}, ${tax.rate} % of ${money(tax.net_minor, bill)}</dt>
        <dd class="number">${money(tax.tax_minor, bill)}</dd>
      </div>`,
    )}
    <div class="sum"><dt>With tax</dt><dd class="number">${money(bill.gross_minor, bill)}</dd></div>
  </dl>`;
}
