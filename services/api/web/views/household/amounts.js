/** What a commodity is counted in, and under which names the API has it. */

import { number, unitOf } from "../../core/format.js";

/**
 * @typedef {object} Counted
 * @property {"wh" | "l"} kind of amounts, as `core/format.js` names it
 * @property {"w" | "l_per_h"} rate
 * @property {"energy_wh" | "volume_l"} amount
 * @property {"demand_w" | "flow_l_per_h"} demand
 * @property {"demand_min_w" | "flow_min_l_per_h"} least
 * @property {"demand_max_w" | "flow_max_l_per_h"} most
 * @property {"register_wh" | "register_l"} register
 * @property {string} amountWord
 * @property {string} demandWord
 * @property {string} name of the commodity
 */

/** @type {Omit<Counted, "name">} */
const ELECTRIC = {
  kind: "wh",
  rate: "w",
  amount: "energy_wh",
  demand: "demand_w",
  least: "demand_min_w",
  most: "demand_max_w",
  register: "register_wh",
  amountWord: "Energy",
  demandWord: "Demand",
};

/** @type {Omit<Counted, "name">} */
const BY_VOLUME = {
  kind: "l",
  rate: "l_per_h",
  amount: "volume_l",
  demand: "flow_l_per_h",
  least: "flow_min_l_per_h",
  most: "flow_max_l_per_h",
  register: "register_l",
  amountWord: "Volume",
  demandWord: "Flow",
};

/** @type {Record<string, Counted>} */
const COUNTED = {
  electricity: { ...ELECTRIC, name: "Electricity" },
  supply: { ...ELECTRIC, name: "Supply of a feeder" },
  gas: { ...BY_VOLUME, name: "Gas" },
  water: { ...BY_VOLUME, name: "Water" },
};

/** In the order in which people choose from them. */
export const COMMODITIES = ["electricity", "gas", "water", "supply"];

/**
 * @param {string} commodity
 * @returns {Counted}
 */
export function countedOf(commodity) {
  return COUNTED[commodity] ?? COUNTED.electricity;
}

/** What bills are in: bars of less are told in it, too. */
const LEAST_WH = 1_000;

/**
 * How the amounts of one chart or table are written: all in one unit.
 * @param {"w" | "wh" | "l" | "l_per_h"} of
 * @param {(number | null | undefined)[]} amounts
 */
export function scaleOf(of, amounts) {
  const { name, divisor } = unitOf(of, of === "wh" ? [...amounts, LEAST_WH] : amounts);
  return { unit: name, one: divisor, text: (/** @type {number} */ amount) => number(amount / divisor) };
}
