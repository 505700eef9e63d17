// Which labels of a map are shown: the most important first, and none over another.

/**
 * @typedef {{text: string[], x: number, y: number, width: number, height: number,
 *   kind: "cell" | "place", level?: string}} Label Pixels; x and y are of the middle.
 */

const CHARACTER = 6.6;
const LINE = 15;
const ROOM = 8;

/**
 * A label with the room it takes.
 * @param {"cell" | "place"} kind
 * @param {string[]} text Lines.
 * @param {number} x
 * @param {number} y
 * @returns {Label}
 */
export function label(kind, text, x, y) {
  const longest = Math.max(...text.map((line) => line.length));
  return { kind, text, x, y, width: longest * CHARACTER + ROOM, height: text.length * LINE };
}

/**
 * Those that have room, in the order in which they are given.
 * @param {Label[]} labels
 * @param {{x: number, y: number}} size Of the map.
 * @param {number} most
 * @returns {Label[]}
 */
export function placed(labels, size, most) {
  /** @type {Label[]} */
  const kept = [];
  for (const each of labels) {
    if (kept.length >= most) break;
    const inside =
      each.x > -each.width && each.y > 0 && each.x < size.x + each.width && each.y < size.y;
    if (inside && !kept.some((other) => overlap(each, other))) kept.push(each);
  }
  return kept;
}

/** @param {Label} a @param {Label} b */
function overlap(a, b) {
  return (
    Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height
  );
}

/**
 * The lines of a cell that fit into it: the last ones are left out first.
 * @param {string[]} lines
 * @param {number} width
 * @param {number} height
 */
export function fitting(lines, width, height) {
  const fits = lines.filter((line) => line.length * CHARACTER + ROOM <= width);
  return fits[0] === lines[0] ? fits.slice(0, Math.max(0, Math.floor((height - 4) / LINE))) : [];
}
