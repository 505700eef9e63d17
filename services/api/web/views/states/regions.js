// Regions of all commodities side by side.

/** @typedef {"electricity" | "gas" | "water"} Commodity */

export const COMMODITIES = /** @type {Commodity[]} */ (["electricity", "gas", "water"]);

/**
 * @typedef {Record<Commodity, any | undefined>} Row By commodity what is answered of a region.
 */

/**
 * Rows by region, in the order of their names.
 * @param {Partial<Record<Commodity, any[]>>} answers
 * @returns {{name: string, of: Row}[]}
 */
export function rowsOf(answers) {
  /** @type {Map<string, Row>} */
  const found = new Map();
  for (const commodity of COMMODITIES) {
    for (const region of answers[commodity] ?? []) {
      const row = found.get(region.name) ?? { electricity: undefined, gas: undefined, water: undefined };
      row[commodity] = region;
      found.set(region.name, row);
    }
  }
  return [...found].map(([name, of]) => ({ name, of })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What a region drew: now, today or since its meters began to count; in W or litres an hour, Wh or
 * litres.
 * @param {any | undefined} region
 * @param {"now" | "today" | "all"} window
 * @returns {number | null}
 */
export function amountOf(region, window) {
  if (!region) return null;
  if (window === "now") return region.demand_w ?? region.flow_l_per_h;
  if (window === "today") return region.energy_today_wh ?? region.volume_today_l;
  return region.register_wh ?? region.register_l;
}

/** @param {string} name */
export const isUsState = (name) => /^US-[A-Z]{2}$/.test(name);
