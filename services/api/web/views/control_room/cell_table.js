// The cells of the map as a table.

import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { amountsOf, count, share } from "../../parts/amounts.js";
import { demandOf, demandPerMeter, metersOf, silentShare } from "../../parts/scale.js";
import { Table } from "../../parts/table.js";

/**
 * @param {object} props
 * @param {any[]} props.cells
 * @param {Map<string, number>} props.outages That are open, by cell.
 * @param {string} props.commodity
 */
export function CellTable({ cells, outages, commodity }) {
  const each = amountsOf(commodity, "rate", cells.map(demandPerMeter));
  const all = amountsOf(commodity, "rate", cells.map(demandOf));
  /** @param {any} cell */
  const open = (cell) => outages.get(cell.name) ?? 0;
  const columns = [
    { key: "name", label: "Area", by: (/** @type {any} */ cell) => cell.name, cell: named },
    { key: "each", label: `Per meter, ${each.unit}`, by: demandPerMeter, number: true, cell: (/** @type {any} */ cell) => each.text(demandPerMeter(cell)) },
    { key: "demand", label: `Demand, ${all.unit}`, by: demandOf, number: true, cell: (/** @type {any} */ cell) => all.text(demandOf(cell)) },
    { key: "meters", label: "Meters", by: metersOf, number: true, cell: (/** @type {any} */ cell) => count(metersOf(cell)) },
    { key: "silent", label: "Silent", by: silentShare, number: true, cell: silentText },
    {
      key: "outages",
      label: "Outages",
      by: open,
      number: true,
      cell: (/** @type {any} */ cell) =>
        open(cell) === 0
          ? "none"
          : html`<${Link} to=${`/alerts?kind=outage&area=${cell.name}`}>${count(open(cell))} open<//>`,
    },
  ];
  return html`<div class="cell-table">
    <${Table}
      name="Areas"
      columns=${columns}
      rows=${cells}
      id=${(/** @type {any} */ cell) => cell.name}
      empty="No area has meters of this commodity."
      rowClass=${(/** @type {any} */ cell) => (open(cell) ? "is-outage" : "")}
    />
  </div>`;
}

/** @param {any} cell */
function named({ name }) {
  return name.length === 5 ? html`<${Link} to=${`/areas/${name}`}>${name}<//>` : name;
}

/** @param {any} cell */
function silentText(cell) {
  const found = silentShare(cell);
  return found === null ? "–" : `${count(cell.silent)} (${share(found)})`;
}
