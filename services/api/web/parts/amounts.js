// What a commodity draws and takes, with one unit for all that is seen together.

import { amount, exact, number, unitOf } from "../core/format.js";

/** @type {Record<string, {name: string, rate: "w" | "l_per_h", amount: "wh" | "l"}>} */
const COMMODITIES = {
  electricity: { name: "Electricity", rate: "w", amount: "wh" },
  supply: { name: "Supply", rate: "w", amount: "wh" },
  gas: { name: "Gas", rate: "l_per_h", amount: "l" },
  water: { name: "Water", rate: "l_per_h", amount: "l" },
};
const UNITS = { w: "W", wh: "Wh", l: "l", l_per_h: "l/h" };

/** @param {string} commodity */
export const commodityName = (commodity) => COMMODITIES[commodity]?.name ?? commodity;

/**
 * How values that are seen together are written: with one unit, which the largest decides.
 * @param {string} commodity
 * @param {"rate" | "amount"} kind Of W and litres an hour, or of Wh and litres.
 * @param {(number | null)[]} values
 */
export function amountsOf(commodity, kind, values) {
  const of = (COMMODITIES[commodity] ?? COMMODITIES.electricity)[kind];
  const { name, divisor } = unitOf(of, values);
  return {
    unit: name,
    one: divisor,
    /** Without the unit. @param {number | null} value */
    text: (value) => number(value === null ? null : value / divisor),
    /** As the API has it. @param {number | null} value */
    exact: (value) => exact(value, UNITS[of]),
  };
}

/**
 * A demand by itself, for where there is little room: whole, from a thousand on of two digits.
 * @param {string} commodity
 * @param {number} value W or litres an hour.
 */
export function rough(commodity, value) {
  const digits = Math.abs(value) < 1_000 ? Math.round(value) : Number(value.toPrecision(2));
  return amount((COMMODITIES[commodity] ?? COMMODITIES.electricity).rate, digits);
}

/** A share of 0 to 1, in percent. @param {number} value */
export function share(value) {
  const percent = 100 * value;
  return `${number(percent < 10 ? Math.round(10 * percent) / 10 : Math.round(percent))} %`;
}

/** A number of things. @param {number} value */
export const count = (value) => number(Math.round(value));

const EXACT = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

/** A number as it is, to the thousandth. @param {number} value */
export const exactly = (value) => EXACT.format(value === 0 ? 0 : value);
