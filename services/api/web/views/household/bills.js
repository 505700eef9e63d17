/** The last bills of a household, and what other plans would have cost. */

import { useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link, link } from "../../core/router.js";
import { customer } from "../../core/session.js";
import { Marks, kindWords, monthWords } from "../../parts/bill_words.js";
import { money } from "../../parts/money.js";

const SHOWN = 3;

/** @param {{id: string}} props */
export function BillsOf({ id }) {
  const { data, problem } = useResource(link("/v1/bills", { meter: id, limit: SHOWN })).value;
  /** @type {import("../bills.js").Bill[]} */
  const items = data?.items ?? [];
  const isOwn = customer.value !== null;
  return html`<section class="card bills-of" aria-labelledby="bills-heading">
    <h2 id="bills-heading">Bills</h2>
    ${data === null && html`<p class="muted">${problem ? `They cannot be told: ${problem.detail ?? problem.title}` : "Reading bills …"}</p>`}
    ${data !== null && items.length === 0 && html`<p class="muted">Nothing was billed yet.</p>`}
    ${items.length > 0 &&
    html`<ul class="bill-lines">
        ${items.map(
          (each) => html`<li key=${each.number}>
            <${Link} to=${`/bills/${each.number}`}>${monthWords(each.month)}<span class="unseen">, ${kindWords(each.kind)} ${each.number}</span></${Link}>
            <b class="number">${money(each.gross_minor, each)}</b>
            <${Marks} bill=${each} withKind=${true} />
          </li>`,
        )}
      </ul>
      <p><${Link} to=${isOwn ? "/bills" : link("/bills", { meter: id })}>All bills</${Link}></p>
      <${Plans} id=${id} isOwn=${isOwn} />`}
  </section>`;
}

/** What takes a while to compute, a clerk asks for. @param {{id: string, isOwn: boolean}} props */
function Plans({ id, isOwn }) {
  const [isAsked, ask] = useState(isOwn);
  const path = isAsked ? `/v1/meters/${encodeURIComponent(id)}/plans` : null;
  const { data, problem } = useResource(path).value;
  return html`<h3>Best plan</h3>
    ${!isAsked && html`<p><button type="button" onClick=${() => ask(true)}>Compare plans</button></p>`}
    ${isAsked && data === null && html`<p class="muted">${isPassing(problem) ? "Comparing plans …" : `Plans cannot be compared now: ${problem.detail ?? problem.title}`}</p>`}
    ${data !== null && html`<${Compared} data=${data} />`}`;
}

/** Whether an answer is still on its way: what takes long goes on, and is asked for again. @param {any} problem */
const isPassing = (problem) => problem === null || problem.status === 504;

/** @param {{data: any}} props */
function Compared({ data }) {
  if (data.offers.length === 0) return html`<p class="muted">Plans cannot be compared: ${data.why_not}.</p>`;
  const [best] = data.offers;
  const own = data.offers.find((/** @type {any} */ each) => each.own);
  const span = data.first_month === data.last_month ? monthWords(data.first_month) : `${monthWords(data.first_month)} to ${monthWords(data.last_month)}`;
  return html`
    ${data.offers.length === 1
      ? html`<p><b>${own.plan_name}</b> is used now; ${data.left_out.length === 0 ? "there is no other plan to compare it with" : "no other plan can be compared with it for that time"}.</p>`
      : best.own
      ? html`<p><b>${own.plan_name}</b>, which is used now, is the cheapest of ${data.offers.length}.</p>`
      : html`<p>
          On <b>${best.plan_name}</b> it would have been ${money(best.gross_minor, data)} instead of
          ${" "}${money(own.gross_minor, data)}: <b>${money(best.saving_minor, data)} less</b>.
        </p>`}
    <p class="muted">
      With tax, for ${data.days} days of ${span}, as it was used: nobody's habits change.${data.estimated_share > 0 ? " Part of it is estimated." : ""}
    </p>`;
}
