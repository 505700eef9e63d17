// Coast lines and names of places for the map, instead of tiles: of the south of England finely, of
// the world coarsely. `docs/make_map_outlines.py` makes the files.

/**
 * @typedef {import("./geohash.js").Box} Box
 * @typedef {object} Outlines
 * @property {Box} box What it covers.
 * @property {[number, number][][]} coast Lines of latitudes and longitudes.
 * @property {[string, number, number][]} places The largest first.
 * @property {string} attribution
 */

const FINE = { south: 50.3, west: -3.0, north: 52.7, east: 2.0 };
const FINE_ZOOM = 7;

/** @type {Map<string, Promise<Outlines>>} */
const known = new Map();

/**
 * What there is for a part of the world.
 * @param {Box} view
 * @param {number} zoom
 * @returns {Promise<Outlines>}
 */
export function outlinesOf(view, zoom) {
  const within =
    view.south < FINE.north && view.north > FINE.south && view.west < FINE.east && view.east > FINE.west;
  return load(within && zoom >= FINE_ZOOM ? "england" : "world");
}

/** @param {string} name */
function load(name) {
  let found = known.get(name);
  if (!found) {
    found = fetch(new URL(`../data/${name}.json`, import.meta.url)).then((answer) => {
      if (!answer.ok) throw new Error(`${name}.json: ${answer.status}`);
      return answer.json().then(unpacked);
    });
    // The map is readable without: it is asked for again with the next move.
    found.catch(() => known.delete(name));
    known.set(name, found);
  }
  return found;
}

/**
 * Outlines of a file, whose lines are whole numbers: latitude and longitude by turns, each as the
 * difference to the point before, in parts of a degree.
 * @param {Omit<Outlines, "coast"> & {parts: number, coast: number[][]}} file
 * @returns {Outlines}
 */
function unpacked({ parts, coast, ...rest }) {
  const lines = coast.map((steps) => {
    /** @type {[number, number][]} */
    const line = [];
    let [latitude, longitude] = [0, 0];
    for (let at = 0; at < steps.length; at += 2) {
      latitude += steps[at];
      longitude += steps[at + 1];
      line.push([latitude / parts, longitude / parts]);
    }
    return line;
  });
  return { ...rest, coast: lines };
}
