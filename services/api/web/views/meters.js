/** All meters that are known: by the first characters of their names, by area and commodity. */

import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link, navigate } from "../core/router.js";
import { may } from "../core/session.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { COMMODITIES, countedOf } from "./household/amounts.js";
import { every } from "./household/entry.js";

/** @typedef {import("./household/entry.js").Entry} Entry */

export const title = "Meters";

/** Of a phone, on which each is a card, fewer. */
const LIMIT = matchMedia("(max-width: 40rem)").matches ? 20 : 50;
const FILTERS = /** @type {const} */ (["q", "area", "commodity"]);

const COLUMNS = [
  {
    key: "meter",
    label: "Meter",
    cell: (/** @type {Entry} */ { meter_id: id }) =>
      html`<${Link} to=${`/meters/${encodeURIComponent(id)}`}>${id}</${Link}>`,
  },
  { key: "of", label: "Of", cell: (/** @type {Entry} */ each) => countedOf(each.commodity).name },
  { key: "area", label: "Area", cell: areaOf },
  {
    key: "premises",
    label: "Premises",
    cell: (/** @type {Entry} */ each) => (each.announced ? (each.premises ?? "–") : "not in the registry"),
  },
  { key: "tariff", label: "Tariff", cell: (/** @type {Entry} */ each) => each.tariff ?? "–" },
  {
    key: "cadence",
    label: "Reads each",
    cell: (/** @type {Entry} */ each) => (each.cadence_ms ? every(each.cadence_ms) : "–"),
  },
  { key: "feeder", label: "Feeder", cell: (/** @type {Entry} */ each) => each.feeder ?? "–" },
];

/** @param {{query: URLSearchParams}} props */
export default function Meters({ query }) {
  const asked = new URLSearchParams({ ...filtersOf(query), limit: String(LIMIT) });
  const cursor = query.get("cursor");
  if (cursor) asked.set("cursor", cursor);
  const { data, problem, again } = useResource(`/v1/meters?${asked}`).value;
  const isTooOld = problem?.status === 400 && cursor !== null;
  return html`<article class="meters">
    <h1>Meters</h1>
    <${Search} key=${addressOf(filtersOf(query))} filters=${filtersOf(query)} />
    ${isTooOld && html`<p class="note" role="status">This page of the list is too old: begin with the first one.</p>`}
    ${problem !== null && !isTooOld && html`<${ProblemNote} problem=${problem} of="The list" again=${again} />`}
    ${data === null && problem === null && html`<${Skeleton} lines=${10} label="Meters" />`}
    ${data !== null &&
    html`<${Table}
      name="Meters by their names"
      columns=${COLUMNS}
      rows=${data.items}
      id=${(/** @type {Entry} */ each) => `${each.meter_id} ${each.commodity}`}
      empty=${noneWords(data.next)}
    />`}
    <nav class="pager" aria-label="Pages">
      ${cursor && html`<${Link} to=${addressOf(filtersOf(query))}>First page</${Link}>`}
      ${data?.next && html`<${Link} rel="next" to=${addressOf({ ...filtersOf(query), cursor: data.next })}>Next page</${Link}>`}
    </nav>
  </article>`;
}

/** @param {{filters: Record<string, string>}} props */
function Search({ filters }) {
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const said = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
    navigate(addressOf({ q: said("q"), area: said("area").toLowerCase(), commodity: said("commodity") }));
  };
  return html`<form class="filters" role="search" aria-label="Meters" onSubmit=${onSubmit}>
    <label>
      Name begins with
      <input name="q" value=${filters.q} pattern="[A-Za-z0-9_.:\\-]*" maxlength="64" autocomplete="off" spellcheck=${false} />
    </label>
    <label>
      Area begins with
      <input
        name="area"
        value=${filters.area}
        pattern="[0-9b-hjkmnp-zB-HJKMNP-Z]*"
        maxlength="12"
        autocomplete="off"
        spellcheck=${false}
        title="A geohash, or its first characters, such as gcpu"
      />
    </label>
    <label>
      Of
      <select name="commodity">
        <option value="">all</option>
        ${COMMODITIES.map(
          (each) => html`<option key=${each} value=${each} selected=${each === filters.commodity}>${countedOf(each).name}</option>`,
        )}
      </select>
    </label>
    <button type="submit" class="primary">Search</button>
  </form>`;
}

/** @param {Entry} entry */
function areaOf({ area }) {
  if (area === null || !may("read:areas")) return area ?? "–";
  return html`<${Link} to=${`/areas/${area}`}>${area}</${Link}>`;
}

/**
 * The filters that an address has.
 * @param {URLSearchParams} query
 * @returns {Record<string, string>}
 */
function filtersOf(query) {
  return Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}

/** @param {Record<string, string>} query what is empty is left out */
function addressOf(query) {
  const kept = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return kept.size ? `/meters?${kept}` : "/meters";
}

/** @param {string | null} next */
function noneWords(next) {
  // A filter that few pass gives pages without any.
  return next === null ? "No meter is so." : "None among those that were looked at: go on with the next page.";
}
