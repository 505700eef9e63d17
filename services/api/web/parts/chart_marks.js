/**
 * How a bar shows what it is worth: by its shape, so that it is told from others without colour.
 * The same shapes are drawn on the chart's canvas and, as SVG, in its legend.
 */

import { html } from "../core/html.js";

/** @typedef {"none" | "open" | "part" | "together" | "estimated" | "corrected"} Mark */

/** @type {Record<Mark, string>} */
export const MARK_WORDS = {
  none: "no readings",
  open: "so far",
  part: "not all of it measured",
  together: "measured as one, drawn at its mean",
  estimated: "estimated",
  corrected: "corrected by late readings",
};

/** @type {Mark[]} in the order of the legend */
export const MARKS = ["open", "estimated", "together", "part", "corrected", "none"];

/**
 * @typedef {object} Colours as text that a canvas understands
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} surface
 * @property {string} accent
 * @property {string} warn
 * @property {string} focus
 */

const NAMES = /** @type {const} */ (["ink", "muted", "line", "surface", "accent", "warn", "focus"]);

/**
 * The tokens of the style as they are on an element, resolved for its theme.
 * @param {Element} element
 * @returns {Colours}
 */
export function coloursOf(element) {
  const probe = document.createElement("i");
  probe.hidden = true;
  element.append(probe);
  const found = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return /** @type {Colours} */ (Object.fromEntries(found));
}

/**
 * A fill of strokes.
 * @param {CanvasRenderingContext2D} context
 * @param {"diagonal" | "dots" | "cross"} kind
 * @param {string} colour
 * @param {string | null} ground
 * @param {number} ratio pixels of the device to one of the page
 */
export function patternOf(context, kind, colour, ground, ratio) {
  const size = Math.round((kind === "dots" ? 5 : 7) * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const on = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  if (ground !== null) {
    on.fillStyle = ground;
    on.fillRect(0, 0, size, size);
  }
  on.strokeStyle = on.fillStyle = colour;
  on.lineWidth = 1.2 * ratio;
  if (kind === "dots") {
    on.beginPath();
    on.arc(size / 2, size / 2, 1.3 * ratio, 0, 2 * Math.PI);
    on.fill();
  } else {
    slant(on, size, 1);
    if (kind === "cross") slant(on, size, -1);
  }
  return /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
}

/**
 * A slanting line through a tile and the corners of its neighbours.
 * @param {CanvasRenderingContext2D} on
 * @param {number} size
 * @param {1 | -1} way
 */
function slant(on, size, way) {
  on.beginPath();
  for (const shift of [-size, 0, size]) {
    on.moveTo(shift - 1, way === 1 ? size + 1 : -1);
    on.lineTo(shift + size + 1, way === 1 ? -1 : size + 1);
  }
  on.stroke();
}

/** What a mark looks like, for the legend. @param {{mark: Mark | "measured"}} props */
export function Swatch({ mark }) {
  return html`<svg class="swatch swatch-${mark}" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true">
    ${SHAPES[mark]()}
  </svg>`;
}

/** @type {Record<Mark | "measured", () => unknown>} */
const SHAPES = {
  measured: () => html`<rect class="fill" x="6" y="2" width="12" height="14" />`,
  open: () => html`<path class="fill" d="M6 5 h12 v11 h-12z" /><path class="edge dashed" d="M6 4 h12" />`,
  part: () =>
    html`<rect class="pale" x="6" y="3" width="12" height="13" /><path class="edge dashed" d="M6 16 v-13 h12 v13" />`,
  together: () =>
    html`<rect class="pale" x="1" y="5" width="22" height="11" />
      <path class="edge" d="M1 16 v-11 h22 v11 M1 12 l7 -7 M6 16 l11 -11 M13 16 l10 -10" />`,
  estimated: () =>
    html`<rect class="edge" x="6" y="3" width="12" height="13" />
      ${[9, 12, 15].map((x) => [6, 9, 12].map((y) => html`<circle class="fill" cx=${x} cy=${y} r="1" />`))}`,
  corrected: () =>
    html`<rect class="fill" x="6" y="8" width="12" height="8" /><path class="warn" d="M8 1 h8 l-4 5z" />`,
  none: () =>
    html`<path class="faint" d="M1 6 l5 -5 M1 14 l13 -13 M7 16 l15 -15 M15 16 l8 -8 M1 2 l14 14 M9 2 l14 14 M1 10 l6 6 M17 2 l6 6" />`,
};
