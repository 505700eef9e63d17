/** What lies within a coarser cell of the map. */

import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { Loaded } from "../../parts/problem.js";
import { Table } from "../../parts/table.js";
import { countedOf, scaleOf } from "../household/amounts.js";

/** @typedef {{name: string, demand_w: number | null, flow_l_per_h: number | null, reporting: number, holding: number, silent: number}} Cell */

/**
 * @param {{cell: Cell & {bounds: {south: number, west: number, north: number, east: number}}, commodity: string}} props
 */
export function Cells({ cell, commodity }) {
  const { south, west, north, east } = cell.bounds;
  const query = new URLSearchParams({ commodity, precision: "5", bbox: [west, south, east, north].join(",") });
  const found = useResource(`/v1/areas?${query}`, { every: 10_000 });
  const counted = countedOf(commodity);
  return html`<section class="wide" aria-labelledby="cells-heading">
    <h2 id="cells-heading">What lies within</h2>
    <${Loaded} resource=${found.value} of="Areas" lines=${5}>
      ${(/** @type {{items: Cell[], truncated: boolean}} */ data) => {
        // The box touches cells beside this one, too.
        const items = data.items.filter((each) => each.name.startsWith(cell.name));
        const scale = scaleOf(counted.rate, items.map((each) => each[counted.demand]));
        return html`<${Table} name=${`Areas within ${cell.name}`} columns=${columnsOf(counted, scale, commodity)} rows=${items} id=${(/** @type {Cell} */ each) => each.name} />
          ${data.truncated && html`<p class="note">There are more than are listed here.</p>`}`;
      }}
    </${Loaded}>
  </section>`;
}

/**
 * @param {import("../household/amounts.js").Counted} counted
 * @param {{unit: string, text: (value: number) => string}} scale
 * @param {string} commodity
 */
function columnsOf(counted, scale, commodity) {
  return [
    {
      key: "area",
      label: "Area",
      by: (/** @type {Cell} */ each) => each.name,
      cell: (/** @type {Cell} */ { name }) => html`<${Link} to=${`/areas/${name}?commodity=${commodity}`}>${name}</${Link}>`,
    },
    {
      key: "demand",
      label: `${counted.demandWord}, ${scale.unit}`,
      number: true,
      by: (/** @type {Cell} */ each) => each[counted.demand],
      cell: (/** @type {Cell} */ each) => {
        const demand = each[counted.demand];
        return demand === null ? "–" : scale.text(demand);
      },
    },
    {
      key: "heard",
      label: "Meters heard",
      number: true,
      by: (/** @type {Cell} */ each) => each.reporting + each.holding,
      cell: (/** @type {Cell} */ each) => each.reporting + each.holding,
    },
    {
      key: "silent",
      label: "Silent",
      number: true,
      by: (/** @type {Cell} */ each) => each.silent,
      cell: (/** @type {Cell} */ each) => each.silent,
    },
  ];
}
