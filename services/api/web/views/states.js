// Regions, such as states, in all commodities; of those of the USA a map.

import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { navigate } from "../core/router.js";
import { isNow } from "../core/clock.js";
import { stateName } from "../data/us_states.js";
import { amountsOf, commodityName, count } from "../parts/amounts.js";
import { Choice } from "../parts/choice.js";
import { CommodityChoice } from "../parts/commodity_choice.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { COMMODITIES, amountOf, isUsState, rowsOf } from "./states/regions.js";
import { UsMap } from "./states/us_map.js";

export const title = "Regions";

/** @type {[string, string][]} */
const WINDOWS = [
  ["now", "Demand"],
  ["today", "Today"],
  ["all", "Since the start"],
];

/** @typedef {import("./states/regions.js").Commodity} Commodity */

/** @param {{query: URLSearchParams}} props */
export default function States(props) {
  const query = Object.fromEntries(props.query);
  const window = WINDOWS.some(([each]) => each === query.window) ? query.window : "now";
  const electricity = useResource("/v1/regions?commodity=electricity", { every: 10_000 }).value;
  const gas = useResource("/v1/regions?commodity=gas", { every: 10_000 }).value;
  const water = useResource("/v1/regions?commodity=water", { every: 10_000 }).value;
  const answers = { electricity: electricity.data?.items, gas: gas.data?.items, water: water.data?.items };
  const rows = rowsOf(answers);
  const there = COMMODITIES.filter((each) => answers[each]?.length);
  const shown = there.includes(/** @type {Commodity} */ (query.map)) ? query.map : there[0];
  const amounts = Object.fromEntries(
    there.map((each) => {
      const known = rows.map((row) => amountOf(row.of[each], /** @type {any} */ (window)));
      return [each, amountsOf(each, window === "now" ? "rate" : "amount", known)];
    }),
  );
  /** @param {any} row @param {Commodity} commodity */
  const value = (row, commodity) => amountOf(row.of[commodity], /** @type {any} */ (window));
  const columns = [
    { key: "name", label: "Region", by: (/** @type {any} */ row) => stateName(row.name), cell: (/** @type {any} */ row) => stateName(row.name) },
    ...there.map((each) => ({
      key: each,
      label: `${commodityName(each)}, ${amounts[each].unit}`,
      number: true,
      by: (/** @type {any} */ row) => value(row, each),
      cell: (/** @type {any} */ row) => amounts[each].text(value(row, each)),
    })),
    ...there.map((each) => ({
      key: `meters ${each}`,
      label: `Meters of ${commodityName(each).toLowerCase()}`,
      number: true,
      by: (/** @type {any} */ row) => row.of[each]?.known ?? null,
      cell: (/** @type {any} */ row) => metersText(row.of[each]),
    })),
  ];
  /** @param {Record<string, string>} change */
  const go = (change) => navigate(`/states?${new URLSearchParams({ window, ...(shown && { map: shown }), ...change })}`);
  const problem = electricity.problem ?? gas.problem ?? water.problem;
  const loaded = electricity.data && gas.data && water.data;

  return html`<div class="states-view">
    <h1>Regions</h1>
    <div class="toolbar">
      <${Choice} name="What is counted" options=${WINDOWS} value=${window} onChoose=${(/** @type {string} */ each) => go({ window: each })} />
      ${rows.some((row) => isUsState(row.name)) &&
      html`<${CommodityChoice} name="On the map" there=${there} value=${shown} onChoose=${(/** @type {string} */ each) => go({ map: each })} />`}
    </div>
    ${problem && html`<${ProblemNote} problem=${problem} of="Regions" />`}
    ${!loaded && !problem && html`<${Skeleton} lines=${8} label="Regions" />`}
    ${loaded && !rows.length && html`<p class="empty">No meter was announced with a region.</p>`}
    ${shown &&
    rows.some((row) => isUsState(row.name)) &&
    html`<${UsMap}
      name=${commodityName(shown)}
      scale=${amounts[shown]}
      values=${new Map(
        rows.map((row) => {
          const said = value(row, /** @type {Commodity} */ (shown));
          const { text, unit } = amounts[shown];
          return [row.name, { value: said, text: said === null ? "no meters" : `${text(said)} ${unit}` }];
        }),
      )}
    />`}
    ${rows.length > 0 &&
    html`<div class=${isNow.value ? "" : "is-old"}>
      <${Table} name="Regions" columns=${columns} rows=${rows} id=${(/** @type {any} */ row) => row.name} />
    </div>`}
  </div>`;
}

/** @param {any | undefined} region */
function metersText(region) {
  if (!region) return "–";
  return region.silent ? `${count(region.known)}, ${count(region.silent)} silent` : count(region.known);
}
