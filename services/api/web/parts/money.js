/** Money and quantities of bills: exact, in the units that prices are of. */

import { counted, exact } from "../core/format.js";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @typedef {object} Currency
 * @property {string | null} currency ISO 4217
 * @property {number | null} minor_digits how many decimals its minor unit has
 */

/**
 * An amount as it is on a bill: "£14.94". A currency that is not known leaves the number.
 * @param {number} minor whole minor units
 * @param {Currency} of
 */
export function money(minor, { currency, minor_digits: digits }) {
  const many = digits ?? 2;
  // No minus zero.
  return format(currency, many, many).format(minor / 10 ** many + 0);
}

/**
 * A price with all of its decimals: "£0.1176 per kWh".
 * @param {string | null} price decimal
 * @param {string | null} per
 * @param {Currency} of
 */
export function priceWords(price, per, { currency, minor_digits: digits }) {
  if (price === null) return "–";
  const unit = per === "m3" ? "m³" : per;
  return `${format(currency, digits ?? 2, 8).format(Number(price))} per ${unit}`;
}

/**
 * @typedef {object} Quantity
 * @property {number | null} energy_wh
 * @property {number | null} volume_l
 * @property {number | null} [demand_w]
 * @property {number | null} [days]
 */

/** A quantity with its unit, of the four that it may be counted in. @param {Quantity} of */
export function quantityWords({ energy_wh, volume_l, demand_w, days }) {
  if (energy_wh !== null) return exact(energy_wh / 1_000, "kWh");
  if (volume_l !== null) return exact(volume_l / 1_000, "m³");
  if (demand_w !== null && demand_w !== undefined) return exact(demand_w / 1_000, "kW");
  return days === null || days === undefined ? "–" : counted(days, "day");
}

/** The number alone, for sorting. @param {Quantity} of */
export const sizeOf = ({ energy_wh, volume_l, demand_w, days }) => energy_wh ?? volume_l ?? demand_w ?? days ?? null;

/**
 * @param {string | null} currency
 * @param {number} least
 * @param {number} most
 */
function format(currency, least, most) {
  const key = `${currency} ${least} ${most}`;
  let found = formats.get(key);
  if (found === undefined) {
    const digits = { minimumFractionDigits: least, maximumFractionDigits: most };
    const how = currency ? /** @type {const} */ ({ style: "currency", currency }) : {};
    found = new Intl.NumberFormat("en-GB", { ...how, ...digits });
    formats.set(key, found);
  }
  return found;
}
