/** Bills: of a customer the own ones, of a clerk those of a customer, a month or a meter. */

import { day } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link, link, navigate } from "../core/router.js";
import { customer } from "../core/session.js";
import { Marks, kindWords, monthWords } from "../parts/bill_words.js";
import { money } from "../parts/money.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { Table } from "../parts/table.js";

/**
 * @typedef {object} Bill as the API lists it
 * @property {string} number
 * @property {"invoice" | "credit_note"} kind
 * @property {string} customer
 * @property {string} month
 * @property {string} issued_at
 * @property {string} time_zone
 * @property {string[]} premises
 * @property {string} currency
 * @property {number} minor_digits
 * @property {number} net_minor
 * @property {number} tax_minor
 * @property {number} gross_minor
 * @property {boolean} provisional
 * @property {boolean} estimated
 */

export const title = "Bills";

const LIMIT = matchMedia("(max-width: 40rem)").matches ? 20 : 50;
const FILTERS = /** @type {const} */ (["customer", "month", "meter"]);

/** @param {{query: URLSearchParams}} props */
export default function Bills({ query }) {
  const filters = filtersOf(query);
  const cursor = query.get("cursor");
  const { data, problem, again } = useResource(link("/v1/bills", { ...filters, limit: LIMIT, cursor })).value;
  const isTooOld = problem?.status === 400 && cursor !== null;
  const isClerk = customer.value === null;
  return html`<article class="bills">
    <h1>Bills</h1>
    ${isClerk && html`<${Search} key=${link("/bills", filters)} filters=${filters} />`}
    ${isTooOld && html`<p class="note" role="status">This page of the list is too old: begin with the first one.</p>`}
    ${problem !== null && !isTooOld && html`<${ProblemNote} problem=${problem} of="Bills" again=${again} />`}
    ${data === null && problem === null && html`<${Skeleton} lines=${8} label="Bills" />`}
    ${data !== null &&
    html`<${Table}
      name="Bills, the newest first"
      columns=${columnsOf(isClerk)}
      rows=${data.items}
      id=${(/** @type {Bill} */ each) => each.number}
      empty=${emptyWords(isClerk, filters)}
    />`}
    <nav class="pager" aria-label="Pages">
      ${cursor && html`<${Link} to=${link("/bills", filters)}>First page</${Link}>`}
      ${data?.next && html`<${Link} rel="next" to=${link("/bills", { ...filters, cursor: data.next })}>Next page</${Link}>`}
    </nav>
    ${data?.items.length > 0 &&
    html`<p class="download"><a href=${link("/v1/bills", { ...filters, limit: 1_000, format: "csv" })} download>Download as CSV</a></p>`}
  </article>`;
}

/** @param {boolean} isClerk @param {Record<string, string>} filters */
function emptyWords(isClerk, filters) {
  if (!isClerk) return "Nothing was billed to you yet.";
  if (Object.keys(filters).length > 0) return "No bill is so.";
  return html`No bill has been issued yet. <code>wattstream bill --month 2013-07</code> issues those of a month.`;
}

/** @param {boolean} isClerk */
function columnsOf(isClerk) {
  return [
    {
      key: "bill",
      label: "Bill",
      cell: (/** @type {Bill} */ each) => html`<${Link} to=${`/bills/${each.number}`}>${kindWords(each.kind)} ${each.number}</${Link}>`,
    },
    { key: "month", label: "For", cell: (/** @type {Bill} */ each) => monthWords(each.month), by: (/** @type {Bill} */ each) => each.month },
    ...(isClerk
      ? [
          {
            key: "customer",
            label: "Customer",
            cell: (/** @type {Bill} */ each) => html`<${Link} to=${link("/bills", { customer: each.customer })}>${each.customer}</${Link}>`,
          },
        ]
      : []),
    { key: "issued", label: "Issued", cell: (/** @type {Bill} */ each) => day(each.issued_at, each.time_zone) },
    {
      key: "amount",
      label: "With tax",
      number: true,
      cell: (/** @type {Bill} */ each) => html`<b>${money(each.gross_minor, each)}</b>`,
      by: (/** @type {Bill} */ each) => each.gross_minor,
    },
    { key: "state", label: "State", cell: (/** @type {Bill} */ each) => html`<${Marks} bill=${each} />` },
  ];
}

/** @param {{filters: Record<string, string>}} props */
function Search({ filters }) {
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const said = FILTERS.map((name) => [name, String(form.get(name) ?? "").trim()]);
    navigate(link("/bills", Object.fromEntries(said)));
  };
  return html`<form class="filters" role="search" aria-label="Bills" onSubmit=${onSubmit}>
    <label>
      Customer
      <input name="customer" value=${filters.customer} maxlength="100" inputmode="numeric" autocomplete="off" spellcheck=${false} />
    </label>
    <label>
      Month
      <input name="month" value=${filters.month} placeholder="2013-07" pattern="[0-9]{4}-(0[1-9]|1[0-2])" maxlength="7" autocomplete="off" title="A year and a month, such as 2013-07" />
    </label>
    <label>
      Meter
      <input name="meter" value=${filters.meter} pattern="[A-Za-z0-9_.:\\-]*" maxlength="64" autocomplete="off" spellcheck=${false} />
    </label>
    <button type="submit" class="primary">Search</button>
  </form>`;
}

/**
 * The filters that an address has.
 * @param {URLSearchParams} query
 * @returns {Record<string, string>}
 */
function filtersOf(query) {
  return Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}
