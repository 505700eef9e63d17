// Geohashes: what a cell covers, and which cells lie beside it on a map.

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";

/**
 * @typedef {{south: number, west: number, north: number, east: number}} Box Degrees.
 */

/**
 * The cell of a geohash, exactly.
 * @param {string} name
 * @returns {Box}
 */
export function boxOf(name) {
  let [south, west, north, east] = [-90, -180, 90, 180];
  let splitsLongitude = true;
  for (const character of name) {
    const number = ALPHABET.indexOf(character);
    for (const bit of [16, 8, 4, 2, 1]) {
      if (splitsLongitude) {
        const middle = (west + east) / 2;
        if (number & bit) west = middle;
        else east = middle;
      } else {
        const middle = (south + north) / 2;
        if (number & bit) south = middle;
        else north = middle;
      }
      splitsLongitude = !splitsLongitude;
    }
  }
  return { south, west, north, east };
}

/** @param {Box} box @returns {[number, number]} Latitude and longitude. */
export const middleOf = (box) => [(box.south + box.north) / 2, (box.west + box.east) / 2];

const DIRECTIONS = {
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * The cell that lies next to one in the direction of an arrow key: the nearest, and of those the
 * one that is least aside.
 * @param {string} from
 * @param {string[]} names
 * @param {string} key
 * @returns {string | null} Null if there is none, or the key is no arrow.
 */
export function neighbour(from, names, key) {
  const direction = DIRECTIONS[/** @type {keyof typeof DIRECTIONS} */ (key)];
  if (!direction) return null;
  const [latitude, longitude] = middleOf(boxOf(from));
  // A degree of longitude is shorter than one of latitude.
  const shrink = Math.cos((latitude * Math.PI) / 180);
  let best = null;
  let least = Infinity;
  for (const name of names) {
    if (name === from) continue;
    const [to, across] = middleOf(boxOf(name));
    const north = to - latitude;
    const east = (across - longitude) * shrink;
    const ahead = north * direction[0] + east * direction[1];
    const aside = Math.abs(north * direction[1]) + Math.abs(east * direction[0]);
    if (ahead <= 1e-9 || aside > 2 * ahead) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [name, cost];
  }
  return best;
}
