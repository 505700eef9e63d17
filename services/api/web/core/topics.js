/** Topics of the stream: which one a frame is of, how changes are laid over what is known, and where
 * a topic is to be asked for where there is no stream. */

import { get } from "./api.js";

/** The API refuses a stream of more meters. */
const MOST_METERS = 10;

/**
 * The topic that a frame is of; null if nobody wants it, or it says nothing.
 * @param {string} event
 * @param {any} value
 * @param {string[]} wanted
 * @returns {string | null}
 */
export function topicOf(event, value, wanted) {
  if (value === null) return null;
  switch (event) {
    case "fleet":
    case "system":
      return event;
    case "meter":
      return `meter:${value.meter_id}`;
    case "top":
      return wanted.find((name) => name === `top:${value.commodity}`) ?? "top";
    case "areas":
      // Where there would be too many cells, they are coarser than those that were asked for.
      return (
        wanted
          .filter((name) => name.startsWith(`areas:${value.commodity}@`) && precisionOf(name) >= value.precision)
          .sort((one, other) => precisionOf(one) - precisionOf(other))[0] ?? null
      );
    default:
      return null;
  }
}

/**
 * A frame, or what is known with a frame of changes laid over it.
 * @param {any} before
 * @param {any} value
 */
export function merged(before, value) {
  if (value.whole !== false) return value;
  const cells = new Map((before?.items ?? []).map((/** @type {any} */ cell) => [cell.name, cell]));
  for (const cell of value.items) cells.set(cell.name, cell);
  for (const gone of value.gone) cells.delete(gone);
  return { ...value, whole: true, items: [...cells.values()], gone: [] };
}

/**
 * What of the topics that are wanted one stream may have, in their order.
 * @param {Iterable<string>} names
 * @param {Set<string>} refused
 */
export function streamable(names, refused) {
  const all = [...new Set(names)].filter((name) => !refused.has(name)).sort();
  const meters = all.filter((name) => name.startsWith("meter:")).slice(0, MOST_METERS);
  return [...all.filter((name) => !name.startsWith("meter:")), ...meters];
}

/**
 * Ask for a topic where there is no stream.
 * @param {string} name
 * @returns {Promise<{value: any, problem: import("./api.js").Problem | null}>} as frames have it
 */
export async function ask(name) {
  const [kind, rest] = split(name);
  if (kind === "top") return askTop(rest || "electricity");
  const { data, problem } = await get(pathOf(kind, rest));
  if (problem !== null) return { value: null, problem };
  if (kind === "fleet") return { value: data.items, problem };
  return { value: kind === "meter" ? data.meter : data, problem };
}

/** @param {string} commodity */
async function askTop(commodity) {
  /** @type {any} */
  const value = { commodity };
  for (const by of ["power", "energy"]) {
    const { data, problem } = await get(`/v1/top?by=${by}&commodity=${commodity}`);
    if (problem !== null) return { value: null, problem };
    value[by] = data.items;
  }
  return { value, problem: null };
}

/** @param {string} kind @param {string} rest */
function pathOf(kind, rest) {
  if (kind === "meter") return `/v1/meters/${encodeURIComponent(rest)}/now`;
  if (kind === "fleet") return "/v1/fleet/now";
  if (kind === "system") return "/v1/system";
  const [commodity, precision] = rest.split("@");
  return `/v1/areas?commodity=${commodity}&precision=${precision}`;
}

/** @param {string} name */
function precisionOf(name) {
  return Number(name.split("@")[1] ?? 4);
}

/** @param {string} name @returns {[string, string]} */
function split(name) {
  const at = name.indexOf(":");
  return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at + 1)];
}
