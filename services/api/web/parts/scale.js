// By what a cell of the map is coloured: steps that are always the same, so that a wall of today can
// be compared with that of yesterday.

/**
 * @typedef {"electricity" | "supply" | "gas" | "water"} Commodity
 * @typedef {"demand" | "silent"} Measure
 * @typedef {object} Drawn What a cell, or the fleet, draws.
 * @property {number | null} demand_w
 * @property {number | null} flow_l_per_h
 * @property {number} reporting
 * @property {number} holding
 * @property {number} silent
 * @typedef {object} Step
 * @property {string} level Name of its colour in the style.
 * @property {number | null} from
 * @property {number | null} to Not in it; null is no limit.
 */

/** Bounds of the steps of demand, W or litres an hour, for each meter. @type {Record<Commodity, number[]>} */
const DEMAND = {
  electricity: [0, 150, 300, 450, 600, 900, 1300],
  supply: [0, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000],
  gas: [0, 25, 50, 100, 200, 400, 800],
  water: [0, 2, 5, 10, 20, 40, 80],
};

/** Bounds of the shares of meters that are silent; none at all is a step of its own. */
const SILENT = [0, 0.01, 0.05, 0.2];

/** @param {Drawn} drawn */
export const metersOf = (drawn) => drawn.reporting + drawn.holding + drawn.silent;

/** @param {Drawn} drawn W or litres an hour. @returns {number | null} */
export const demandOf = (drawn) => drawn.demand_w ?? drawn.flow_l_per_h;

/**
 * What a meter of it draws on the average; null if the value of none holds.
 * @param {Drawn} drawn
 * @returns {number | null}
 */
export function demandPerMeter(drawn) {
  const demand = demandOf(drawn);
  const holding = drawn.reporting + drawn.holding;
  return demand === null || holding === 0 ? null : demand / holding;
}

/**
 * Which share of its meters is silent; null if it has none.
 * @param {Drawn} drawn
 * @returns {number | null}
 */
export function silentShare(drawn) {
  const meters = metersOf(drawn);
  return meters === 0 ? null : drawn.silent / meters;
}

/**
 * The steps of a scale, the smallest first.
 * @param {Measure} measure
 * @param {Commodity} commodity
 * @returns {Step[]}
 */
export function stepsOf(measure, commodity) {
  if (measure === "silent") {
    return [
      { level: "silent-0", from: 0, to: 0 },
      ...SILENT.map((from, number) => ({
        level: `silent-${number + 1}`,
        from,
        to: SILENT[number + 1] ?? null,
      })),
    ];
  }
  const bounds = DEMAND[commodity];
  return [
    { level: "demand-back", from: null, to: 0 },
    ...bounds.map((from, number) => ({
      level: `demand-${number}`,
      from,
      to: bounds[number + 1] ?? null,
    })),
  ];
}

/**
 * The step that a cell is in.
 * @param {Drawn} drawn
 * @param {Measure} measure
 * @param {Commodity} commodity
 * @returns {string} Its level; `unknown` if nothing is known of the cell.
 */
export function levelOf(drawn, measure, commodity) {
  const value = measure === "silent" ? silentShare(drawn) : demandPerMeter(drawn);
  if (value === null) return "unknown";
  if (measure === "silent" && value === 0) return "silent-0";
  const steps = stepsOf(measure, commodity).filter((step) => step.from !== step.to);
  const found = steps.findLast((step) => step.from === null || value >= step.from);
  return found ? found.level : "unknown";
}
