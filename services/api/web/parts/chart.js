/**
 * A chart that needs neither mouse nor colour: arrows go from point to point and each is read out,
 * and a table with the same numbers is one key away.
 */

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { html } from "../core/html.js";
import { Link } from "../core/router.js";
import { MARKS, MARK_WORDS, Swatch } from "./chart_marks.js";
import { Plot } from "./chart_plot.js";

/** @typedef {import("./chart_marks.js").Mark} Mark */

/**
 * @typedef {object} Point
 * @property {number} start epoch ms
 * @property {number} end epoch ms; of a line the same
 * @property {number | null} value what is said of it; null is not known
 * @property {number | null} height what is drawn of it
 * @property {Mark[]} marks
 * @property {string} when in words
 * @property {string} note what else is to be known of it
 * @property {string} [label] is written on it, where it fits
 */

/**
 * @typedef {object} Span what is usual of a time, in the amounts of points
 * @property {number} start epoch ms
 * @property {number} end
 * @property {number} least
 * @property {number} most
 * @property {number} parts is drawn as so many bars beside each other
 */

/**
 * @typedef {object} Spec what is drawn
 * @property {"bars" | "line"} kind
 * @property {Point[]} points in their order
 * @property {Point[]} [ghost] to compare with, on the same times
 * @property {Span[]} [band] behind the bars, in their order
 * @property {{start: number, end: number, words: string}[]} [gaps] hatched
 * @property {number} from epoch ms
 * @property {number} to
 * @property {string} zone IANA name
 * @property {{at: number, text: string}[]} [ticks] words of the time axis; whole hours if absent
 * @property {1 | -1} [align] of a line: whether a value holds from its time on, or up to it
 * @property {string} unit that values are written in, which stands above their axis
 * @property {number} one so much is one of the unit
 * @property {(value: number) => string} axisText
 */

/**
 * @typedef {object} Words
 * @property {string} name of the chart
 * @property {string} value heading of the column of values, with their unit
 * @property {string} [ghost] heading of the column to compare with
 * @property {{name: string, column: string}} [band] whose it is, and the heading of its column
 * @property {string} when heading of the column of times, with their zone
 * @property {string} summary what is read out before a point is chosen
 */

const LEAP = 10;

/**
 * @param {Spec & {words: Words, text: (value: number) => string, link?: (point: Point) => string | null,
 *   onOpen?: (point: Point) => void}} props
 *   `text`: a value as it is written in the table, without its unit
 */
export function Chart(props) {
  const { points, words, kind } = props;
  const [selected, setSelected] = useState(/** @type {number | null} */ (null));
  const [isByKey, setByKey] = useState(false);
  const [hasTable, setTable] = useState(false);
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {Plot | null} */ (null));
  const id = useId();
  // By its time: points of a live line move on.
  const at = points.findIndex((each) => each.start === selected);
  const compared = useMemo(() => comparedTo(props.ghost), [props.ghost]);
  const usual = useMemo(() => usualAt(props.band), [props.band]);

  useEffect(() => {
    const made = new Plot(/** @type {HTMLElement} */ (element.current), props, (index) => {
      setByKey(false);
      setSelected(made.spec.points[index].start);
    });
    plot.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => plot.current?.update(props), [points, props.ghost, props.band, props.gaps, props.from, props.to, kind, props.zone]);
  useEffect(() => plot.current?.select(at), [at]);
  // Another span has other points.
  useEffect(() => setSelected(null), [words.name]);

  /** @param {number} index */
  const go = (index) => {
    setByKey(true);
    setSelected(points[Math.max(0, Math.min(points.length - 1, index))].start);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step !== undefined && points.length) go(step(at, points.length));
    else if (event.key === "t" || event.key === "T") setTable(!hasTable);
    else if (event.key === "Enter" && at >= 0 && props.onOpen) props.onOpen(points[at]);
    else if (event.key === "Escape" && at >= 0) setSelected(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const point = points[at];
  const href = point === undefined ? null : (props.link?.(point) ?? null);
  const shown = kind === "bars" ? MARKS.filter((mark) => isShown(mark, props)) : [];
  return html`<figure class="chart chart-${kind}">
    <div
      class="chart-canvas"
      ref=${element}
      tabindex="0"
      role="application"
      aria-roledescription="chart"
      aria-label=${words.name}
      aria-describedby=${`${id}-keys`}
      onKeyDown=${onKeyDown}
      onBlur=${() => setByKey(false)}
    ></div>
    <p class="chart-keys unseen" id=${`${id}-keys`}>
      Arrow keys go from point to point, Home and End to the first and the last, T shows the table.
    </p>
    <p class="chart-readout" aria-live=${isByKey ? "polite" : "off"}>
      ${point === undefined ? words.summary : readOut(point, props, compared, usual)}
      ${href !== null && html` <${Link} to=${href}>Open</${Link}>`}
    </p>
    <div class="chart-foot">
      ${(shown.length > 0 || props.ghost || words.band) &&
      html`<ul class="chart-legend" aria-label="What the shapes mean">
        ${shown.length > 0 && html`<li><${Swatch} mark="measured" /> measured</li>`}
        ${shown.map((mark) => html`<li key=${mark}><${Swatch} mark=${mark} /> ${MARK_WORDS[mark]}</li>`)}
        ${words.ghost &&
        html`<li>
          <svg class="swatch" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true">
            <path class="ghost" d="M1 11 h8 v-6 h8 v4 h6" />
          </svg>
          ${words.ghost}
        </li>`}
        ${words.band &&
        html`<li>
          <svg class="swatch" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true">
            <path class="band" d="M1 3 h11 v4 h11 v7 h-22z" /><path class="band-edge" d="M1 3 h11 v4 h11 M1 14 h22" />
          </svg>
          ${words.band.name}
        </li>`}
      </ul>`}
      <button
        type="button"
        class="chart-switch"
        aria-expanded=${hasTable}
        aria-controls=${`${id}-table`}
        aria-keyshortcuts="T"
        onClick=${() => setTable(!hasTable)}
      >
        ${hasTable ? "Hide table" : "Table"}
      </button>
    </div>
    <div
      class="chart-table"
      id=${`${id}-table`}
      hidden=${!hasTable}
      role="region"
      aria-label="The same as a table"
      tabindex="0"
    >
      <table>
        <caption>${words.name}</caption>
        <thead>
          <tr>
            <th scope="col">${words.when}</th>
            <th scope="col" class="number">${words.value}</th>
            ${words.band && html`<th scope="col" class="number">${words.band.column}</th>`}
            ${words.ghost && html`<th scope="col" class="number">${words.ghost}</th>`}
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          ${points.map((each) => {
            const to = props.link?.(each) ?? null;
            return html`<tr key=${each.start}>
              <th scope="row">${to === null ? each.when : html`<${Link} to=${to}>${each.when}</${Link}>`}</th>
              <td class="number">${written(each.value, props)}</td>
              ${words.band && html`<td class="number">${fromTo(usual(each), props)}</td>`}
              ${words.ghost && html`<td class="number">${written(compared(each), props)}</td>`}
              <td>${each.note}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </figure>`;
}

/** @type {Record<string, (at: number, count: number) => number>} */
const STEPS = {
  ArrowRight: (at) => at + 1,
  ArrowLeft: (at, count) => (at < 0 ? count - 1 : at - 1),
  PageDown: (at) => at + LEAP,
  PageUp: (at, count) => (at < 0 ? count - 1 : at - LEAP),
  Home: () => 0,
  End: (at, count) => count - 1,
};

/**
 * @param {number | null | undefined} value
 * @param {{text: (value: number) => string}} props
 */
function written(value, { text }) {
  return value === null || value === undefined ? "–" : text(value);
}

/**
 * @param {Span | undefined} span
 * @param {{text: (value: number) => string}} props
 */
function fromTo(span, { text }) {
  return span === undefined ? "–" : `${text(span.least)}–${text(span.most)}`;
}

/**
 * A point in a sentence.
 * @param {Point} point
 * @param {{words: Words, text: (value: number) => string, unit: string}} props
 * @param {(point: Point) => number | null | undefined} compared
 * @param {(point: Point) => Span | undefined} usual
 */
function readOut(point, props, compared, usual) {
  const { words, unit } = props;
  const said = point.value === null ? "" : ` ${props.text(point.value)} ${unit}`;
  const rest = [];
  const span = usual(point);
  if (span !== undefined) rest.push(`usually ${fromTo(span, props)} ${unit}`);
  const other = compared(point);
  if (words.ghost && other !== null && other !== undefined) rest.push(`${words.ghost} ${props.text(other)} ${unit}`);
  if (point.note) rest.push(point.note);
  if (rest.length === 0) return `${point.when}:${said}`;
  return `${point.when}:${said}${said ? ";" : ""} ${rest.join("; ")}`;
}

/**
 * What was there at the time of a point, of what is compared with.
 * @param {Point[] | undefined} ghost
 * @returns {(point: Point) => number | null | undefined}
 */
function comparedTo(ghost) {
  const known = new Map((ghost ?? []).map((each) => [`${each.start} ${each.end}`, each.value]));
  return (point) => known.get(`${point.start} ${point.end}`);
}

/**
 * What is usual at the time of a point.
 * @param {Span[] | undefined} band
 * @returns {(point: Point) => Span | undefined}
 */
function usualAt(band) {
  const known = new Map((band ?? []).map((each) => [`${each.start} ${each.end}`, each]));
  return (point) => known.get(`${point.start} ${point.end}`);
}

/**
 * @param {Mark} mark
 * @param {Spec} spec
 */
function isShown(mark, { points, gaps }) {
  if (mark === "none" && gaps?.length) return true;
  return points.some((each) => each.marks.includes(mark));
}
