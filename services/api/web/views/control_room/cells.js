// What the answers about areas are on the map, and in the list.

import { demandPerMeter, levelOf, metersOf, silentShare } from "../../parts/scale.js";
import { plural } from "../../parts/words.js";

/**
 * @typedef {import("../../parts/map.js").MapCell} MapCell
 * @typedef {import("../../parts/scale.js").Drawn & {name: string, areas: number,
 *   energy_today_wh: number | null, volume_today_l: number | null}} Cell
 * @typedef {(value: number) => string} Say
 */

/**
 * How many outages are open in each cell of a precision.
 * @param {{area: string | null, kind: string}[]} alerts Those that are open.
 * @param {number} precision
 * @returns {Map<string, number>}
 */
export function outagesBy(alerts, precision) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { area, kind } of alerts) {
    if (kind !== "outage" || !area) continue;
    const name = area.slice(0, precision);
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

/**
 * @param {Cell} cell
 * @param {object} how
 * @param {"demand" | "silent"} how.measure
 * @param {import("../../parts/scale.js").Commodity} how.commodity
 * @param {Say} how.demand Writes a demand.
 * @param {Say} how.share Writes a share.
 * @param {Say} how.count Writes a number.
 * @param {number} how.outages That are open in it.
 * @returns {MapCell}
 */
export function mapCell(cell, { measure, commodity, demand, share, count, outages }) {
  const each = demandPerMeter(cell);
  const silent = silentShare(cell);
  const meters = metersOf(cell);
  const drawn = each === null ? "not known" : demand(each);
  const gone = silent === null ? "not known" : share(silent);
  const outage = outages === 0 ? "" : `, ${outages === 1 ? "an outage is" : `${outages} outages are`} open`;
  const second = measure === "demand" ? `${count(meters)} ${plural(meters, "meter")}` : `${count(cell.silent)} of ${count(meters)}`;
  return {
    name: cell.name,
    level: `level-${levelOf(cell, measure, commodity)}`,
    lines: [measure === "demand" ? drawn : gone, second, cell.name],
    title:
      `${cell.name}: ${drawn} per meter, ${count(meters)} ${plural(meters, "meter")}, ` +
      `${count(cell.silent)} silent${outage}`,
    mark: outages > 0 ? "outage" : "",
  };
}
