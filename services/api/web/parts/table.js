/** A table that is sorted by a click on a heading, and is cards on a phone. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";

/**
 * @template R
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {(row: R) => unknown} cell
 * @property {(row: R) => string | number | null} [by] what rows are sorted by
 * @property {boolean} [number] aligned as numbers are
 */

/**
 * @template R
 * @param {object} props
 * @param {string} props.name what it is a table of
 * @param {Column<R>[]} props.columns
 * @param {R[]} props.rows
 * @param {(row: R) => string} props.id
 * @param {any} [props.empty] said where there are no rows
 * @param {(row: R) => string} [props.rowClass]
 */
export function Table({ name, columns, rows, id, empty = "None.", rowClass }) {
  const [order, setOrder] = useState(/** @type {{key: string, down: boolean} | null} */ (null));
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const sorter = columns.find(({ key }) => key === order?.key)?.by;
  const shown = sorter === undefined ? rows : sorted(rows, sorter, order?.down ?? false);
  /** @param {Column<R>} column */
  const heading = ({ key, label, by, number }) => {
    const is = order?.key === key;
    const sort = is ? (order.down ? "descending" : "ascending") : undefined;
    const toggle = () => setOrder({ key, down: is ? !order.down : number === true });
    return html`<th scope="col" class=${number ? "number" : ""} aria-sort=${sort}>
      ${by === undefined
        ? label
        : html`<button type="button" class="sorter" onClick=${toggle}>${label}
            <span aria-hidden="true">${is ? (order.down ? " ▾" : " ▴") : ""}</span></button>`}
    </th>`;
  };
  return html`<div class="table-frame" role="region" aria-label=${name} tabindex="0">
    <table class="table">
      <caption class="unseen">${name}</caption>
      <thead><tr>${columns.map(heading)}</tr></thead>
      <tbody>
        ${shown.map(
          (row) => html`<tr key=${id(row)} class=${rowClass?.(row) ?? ""}>
            ${columns.map(
              ({ key, label, cell, number }) =>
                html`<td key=${key} data-label=${label} class=${number ? "number" : ""}>${cell(row)}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * @template R
 * @param {R[]} rows
 * @param {(row: R) => string | number | null} by what is not known comes last
 * @param {boolean} down
 */
function sorted(rows, by, down) {
  const sign = down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)];
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    return a < b ? -sign : sign;
  });
}
