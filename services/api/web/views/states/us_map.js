// The states of the USA, coloured by what their meters draw. Shapes and drawing are fetched when
// somebody looks at them.

import { useEffect, useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { US_STATES } from "../../data/us_states.js";

/** Of the projection in the file. */
const WIDTH = 975;
const HEIGHT = 610;
const STEPS = 6;

/** @type {Promise<{id: string, d: string}[]> | undefined} */
let shapes;

/** The outlines of all states, as paths of SVG. */
function load() {
  shapes ??= Promise.all([
    import("topojson-client"),
    fetch(new URL("../../vendor/us-states.json", import.meta.url)).then((answer) => answer.json()),
  ]).then(([{ default: topojson }, atlas]) =>
    topojson.feature(atlas, atlas.objects.states).features.map((/** @type {any} */ state) => ({
      id: state.id,
      d: pathOf(state.geometry),
    })),
  );
  shapes.catch(() => {
    shapes = undefined;
  });
  return shapes;
}

/** @param {{type: string, coordinates: any[]}} geometry Of the plane. */
function pathOf({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons
    .flat()
    .map((/** @type {[number, number][]} */ ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`)
    .join("");
}

/**
 * @param {object} props
 * @param {Map<string, {value: number | null, text: string}>} props.values By region, such as `US-CA`.
 * @param {string} props.name Of what is drawn.
 * @param {{unit: string, text: (value: number) => string}} props.scale How values are written.
 */
export function UsMap({ values, name, scale }) {
  const [states, setStates] = useState(/** @type {{id: string, d: string}[]} */ ([]));
  useEffect(() => {
    let here = true;
    load().then(
      (found) => here && setStates(found),
      () => {},
    );
    return () => {
      here = false;
    };
  }, []);
  const known = [...values.values()].map((each) => each.value).filter((value) => value !== null && value > 0);
  const bounds = boundsOf(/** @type {number[]} */ (known));
  const codes = new Map(Object.entries(US_STATES).map(([code, [number]]) => [String(number).padStart(2, "0"), code]));
  const { unit, text } = scale;
  if (!states.length) return html`<div class="us-map is-empty"></div>`;
  return html`<svg class="us-map" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`Map of ${name} by state; the table has the numbers.`}>
    ${states.map(({ id, d }) => {
      const code = codes.get(id);
      const said = code && values.get(`US-${code}`);
      const level = said && said.value !== null ? levelOf(said.value, bounds) : null;
      return html`<path key=${id} class=${level === null ? "us-state is-unknown" : `us-state level-demand-${level}`} d=${d}>
        <title>${(code && US_STATES[code][1]) ?? id}: ${said ? said.text : "no meters"}</title>
      </path>`;
    })}
  </svg>
    <figure class="legend">
      <figcaption>${name}, ${unit}</figcaption>
      <ul>
        ${[null, ...bounds].map((from, level) => {
          const to = bounds[level];
          const words = from === null ? (to === undefined ? "all" : `below ${text(to)}`) : `from ${text(from)}`;
          return html`<li key=${level}><span class=${`swatch level-demand-${level}`} aria-hidden="true"></span>${words}</li>`;
        })}
        <li><span class="swatch level-unknown" aria-hidden="true"></span>no meters</li>
      </ul>
    </figure>`;
}

/**
 * Bounds of steps with about as many states each.
 * @param {number[]} values
 */
export function boundsOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const bounds = [];
  for (let step = 1; step < STEPS; step += 1) {
    const at = sorted[Math.floor((sorted.length * step) / STEPS)];
    if (at !== undefined && !bounds.includes(at)) bounds.push(at);
  }
  return bounds;
}

/** @param {number} value @param {number[]} bounds */
export const levelOf = (value, bounds) => bounds.filter((bound) => value >= bound).length;
