// A map of cells that are geohashes: Leaflet with SVG, so that each cell is an element with a name,
// a place in the order of the keyboard, and a pattern. Without tiles: a coast line and names of
// places say where it is.

import L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../core/html.js";
import { boxOf, middleOf, neighbour } from "./geohash.js";
import { fitting, label, placed } from "./map_labels.js";
import { outlinesOf } from "./outlines.js";

/**
 * @typedef {import("./geohash.js").Box} Box
 * @typedef {object} MapCell
 * @property {string} name Geohash.
 * @property {string} level What it is coloured by: `level-N` of a scale in the style, or `none`.
 * @property {string[]} lines Written into it as far as there is room, the most important first.
 * @property {string} title What a screen reader says of it.
 * @property {string} mark `outage` or empty: outlined, with a pattern.
 */

const LARGEST_ZOOM = 13;
const FIRST_ZOOM = 11;
const MOST_PLACES = 40;

/** From which zoom on cells of a precision are large enough to be told apart. */
const PRECISIONS = [
  [9, 5],
  [6, 4],
  [4, 3],
  [0, 2],
];

/** @param {number} zoom */
export const precisionOf = (zoom) => PRECISIONS.find(([least]) => zoom >= least)?.[1] ?? 2;

/**
 * @param {object} props
 * @param {MapCell[]} props.cells
 * @param {Box | null} props.bounds What is shown at first, as soon as it is known.
 * @param {boolean} props.hatched Nothing of it is of now.
 * @param {string} props.name Of the map.
 * @param {(view: {precision: number, bbox: string}) => void} props.onView It was moved.
 * @param {(name: string) => void} props.onOpen A cell of the finest precision was chosen.
 */
export function CellMap(props) {
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  const drawn = useRef(/** @type {Drawn | null} */ (null));
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    if (element.current === null) return undefined;
    const made = new Drawn(element.current, latest);
    drawn.current = made;
    return () => made.end();
  }, []);
  const { bounds, cells } = props;
  const place = bounds && [bounds.south, bounds.west, bounds.north, bounds.east].join();
  useEffect(() => drawn.current?.fit(), [place]);
  useEffect(() => drawn.current?.draw(), [cells]);

  return html`<div class="map ${props.hatched ? "is-hatched" : ""}">
    <div ref=${element} class="map-canvas" role="group" aria-label=${props.name}></div>
    <div class="map-buttons">
      <button type="button" aria-label="Zoom in" onClick=${() => drawn.current?.zoom(1)}>+</button>
      <button type="button" aria-label="Zoom out" onClick=${() => drawn.current?.zoom(-1)}>−</button>
      <button type="button" class="map-whole" onClick=${() => drawn.current?.fit()}>Whole fleet</button>
    </div>
    <p class="map-hint">Arrow keys move between cells, Enter opens one, + and − zoom.</p>
  </div>`;
}

/** What is on the screen. */
class Drawn {
  /**
   * @param {HTMLDivElement} element
   * @param {{current: Parameters<typeof CellMap>[0]}} props
   */
  constructor(element, props) {
    this.props = props;
    this.element = element;
    /** @type {Map<string, {rectangle: any, level: string, mark: string, title: string}>} */
    this.cells = new Map();
    this.active = "";
    this.fitted = false;
    this.fitting = false;
    this.whole = true;
    const roomy = matchMedia("(pointer: fine) and (min-width: 60rem)").matches;
    this.map = L.map(element, {
      renderer: L.svg({ padding: 0.5 }),
      attributionControl: true,
      zoomControl: false,
      keyboard: false,
      // Of a phone the page scrolls with one finger, and the map moves with two.
      dragging: matchMedia("(pointer: fine)").matches,
      scrollWheelZoom: roomy,
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      maxZoom: LARGEST_ZOOM,
      zoomSnap: 0.25,
      minZoom: 2,
      center: [51.5, -0.1],
      zoom: 5,
    });
    this.map.attributionControl.setPrefix(false);
    this.map.createPane("outline").style.zIndex = "350";
    this.map.createPane("names").style.zIndex = "450";
    this.names = this.map.getPane("names");
    this.outline = L.layerGroup().addTo(this.map);
    this.marks = L.layerGroup().addTo(this.map);
    this.focus = L.rectangle(emptyBounds(), { className: "map-focus", interactive: false });
    this.map.on("moveend", () => this.moved());
    // Whoever looks at a part of it goes on looking at that.
    for (const by of ["dragstart", "zoomstart"]) {
      this.map.on(by, () => {
        this.whole = this.whole && this.fitting;
      });
    }
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("focusin", (event) => this.focused(event));
    element.addEventListener("focusout", () => this.focus.remove());
    this.sized = new ResizeObserver(() => this.resized());
    this.sized.observe(element);
    this.moved();
  }

  end() {
    this.sized.disconnect();
    this.map.remove();
  }

  /** @param {number} steps */
  zoom(steps) {
    this.map.setZoom(this.map.getZoom() + steps, { animate: false });
  }

  /** Show all that there is. */
  fit() {
    const bounds = this.props.current.bounds;
    if (bounds === null) return;
    this.fitting = this.fitted = true;
    this.map.fitBounds(leafletBounds(bounds), { maxZoom: FIRST_ZOOM, padding: [12, 12], animate: false });
    this.fitting = false;
    this.whole = true;
  }

  resized() {
    this.map.invalidateSize({ animate: false });
    if (this.whole) this.fit();
  }

  moved() {
    const bounds = this.map.getBounds();
    const precision = precisionOf(this.map.getZoom());
    // By whole cells, so that a small move asks for nothing new.
    const step = [22.5, 11.25, 2.8125, 0.703125][precision - 2];
    /** @param {number} degrees @param {number} limit */
    const down = (degrees, limit) => Math.max(-limit, Math.floor(degrees / step) * step);
    /** @param {number} degrees @param {number} limit */
    const up = (degrees, limit) => Math.min(limit, Math.ceil(degrees / step) * step);
    const [west, east] = [down(bounds.getWest(), 180), up(bounds.getEast(), 180)];
    const [south, north] = [down(bounds.getSouth(), 90), up(bounds.getNorth(), 90)];
    const seen = west < east && south < north ? [west, south, east, north] : [-180, -90, 180, 90];
    this.props.current.onView({ precision, bbox: seen.join(",") });
    this.write();
    // What is around a fleet, and not the world that is shown before it is known where that is.
    if (!this.fitted) return;
    const view = { south: bounds.getSouth(), west: bounds.getWest(), north: bounds.getNorth(), east: bounds.getEast() };
    outlinesOf(view, this.map.getZoom()).then(
      (outlines) => this.show(outlines),
      () => {},
    );
  }

  /** @param {import("./outlines.js").Outlines} outlines */
  show(outlines) {
    if (this.outlines === outlines || !this.element.isConnected) return;
    if (this.outlines) this.map.attributionControl.removeAttribution(this.outlines.attribution);
    this.outlines = outlines;
    this.map.attributionControl.addAttribution(outlines.attribution);
    this.outline.clearLayers();
    for (const line of outlines.coast) {
      L.polyline(line, { className: "map-coast", interactive: false, pane: "outline" }).addTo(this.outline);
    }
    this.write();
  }

  /** Bring the cells in step with what is to be shown: those that stay keep their elements. */
  draw() {
    const cells = this.props.current.cells;
    const had = this.element.contains(document.activeElement) && this.active !== "";
    const wanted = new Set(cells.map((each) => each.name));
    for (const [name, { rectangle }] of this.cells) {
      if (!wanted.has(name)) {
        rectangle.remove();
        this.cells.delete(name);
      }
    }
    for (const cell of cells) this.drawCell(cell);
    this.pattern();
    this.marks.clearLayers();
    for (const cell of cells) {
      if (cell.mark) {
        const options = { className: `map-mark is-${cell.mark}`, interactive: false, noClip: true };
        L.rectangle(leafletBounds(boxOf(cell.name)), options).addTo(this.marks);
      }
    }
    if (!this.cells.has(this.active)) this.activate(this.nearest(), had);
    if (!this.fitted) this.fit();
    this.write();
  }

  /** @param {MapCell} cell */
  drawCell(cell) {
    let known = this.cells.get(cell.name);
    if (!known) {
      const rectangle = L.rectangle(leafletBounds(boxOf(cell.name)), { className: "map-cell", noClip: true });
      rectangle.addTo(this.map);
      rectangle.on("click", () => this.choose(cell.name));
      known = { rectangle, level: "", mark: "", title: "" };
      this.cells.set(cell.name, known);
      const path = rectangle.getElement();
      path.setAttribute("role", "link");
      path.setAttribute("tabindex", "-1");
      path.dataset.cell = cell.name;
    }
    const path = known.rectangle.getElement();
    if (known.level !== cell.level) {
      if (known.level) path.classList.remove(known.level);
      path.classList.add(cell.level);
      known.level = cell.level;
    }
    if (known.title !== cell.title) {
      path.setAttribute("aria-label", cell.title);
      known.title = cell.title;
    }
  }

  /** The pattern of outages, in the renderer's own SVG. */
  pattern() {
    const svg = this.element.querySelector(".leaflet-overlay-pane svg");
    if (svg === null || svg.querySelector("#map-outage") !== null) return;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "defs");
    made.innerHTML =
      '<pattern id="map-outage" width="8" height="8" patternUnits="userSpaceOnUse" ' +
      'patternTransform="rotate(45)"><rect class="map-outage-line" width="3" height="8"/></pattern>';
    svg.prepend(made);
  }

  /** Names of places, and what is written into cells: what has no room is left out. */
  write() {
    const size = this.map.getSize();
    if (!this.names || !size.x) return;
    const origin = this.map.containerPointToLayerPoint([0, 0]);
    const labels = [];
    for (const cell of this.props.current.cells) {
      const box = boxOf(cell.name);
      const from = this.map.latLngToContainerPoint([box.north, box.west]);
      const to = this.map.latLngToContainerPoint([box.south, box.east]);
      const lines = fitting(cell.lines, to.x - from.x, to.y - from.y);
      if (!lines.length) continue;
      const middle = label("cell", lines, (from.x + to.x) / 2, (from.y + to.y) / 2);
      labels.push({ ...middle, level: cell.level });
    }
    const written = labels.length;
    for (const [name, latitude, longitude] of this.outlines?.places ?? []) {
      const point = this.map.latLngToContainerPoint([latitude, longitude]);
      labels.push(label("place", [name], point.x, point.y));
    }
    const elements = placed(labels, size, written + MOST_PLACES).map((each) => {
      const made = document.createElement("div");
      made.className = `map-label is-${each.kind} ${each.level ?? ""}`;
      made.setAttribute("aria-hidden", "true");
      each.text.forEach((line, number) => {
        const part = document.createElement(number === 0 ? "b" : "span");
        part.textContent = line;
        made.append(part);
      });
      L.DomUtil.setPosition(made, L.point(each.x, each.y).add(origin).round());
      return made;
    });
    this.names.replaceChildren(...elements);
  }

  /** The cell that is nearest to the one that was active, or to the middle of the map. */
  nearest() {
    const [latitude, longitude] = this.active
      ? middleOf(boxOf(this.active))
      : [this.map.getCenter().lat, this.map.getCenter().lng];
    let best = "";
    let least = Infinity;
    for (const name of this.cells.keys()) {
      const [north, east] = middleOf(boxOf(name));
      const distance = (north - latitude) ** 2 + (east - longitude) ** 2;
      if (distance < least) [best, least] = [name, distance];
    }
    return best;
  }

  /**
   * Make a cell the one that the keyboard comes to.
   * @param {string} name
   * @param {boolean} focus
   */
  activate(name, focus) {
    this.cells.get(this.active)?.rectangle.getElement().setAttribute("tabindex", "-1");
    this.active = name;
    const path = this.cells.get(name)?.rectangle.getElement();
    path?.setAttribute("tabindex", "0");
    if (!focus || !path) return;
    this.map.panInside(middleOf(boxOf(name)), { padding: [40, 40], animate: false });
    path.focus({ preventScroll: true });
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const name = /** @type {SVGElement} */ (event.target).dataset?.cell;
    if (!name) return;
    if (name !== this.active) this.activate(name, false);
    this.focus.setBounds(leafletBounds(boxOf(name)));
    this.focus.addTo(this.map);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = neighbour(this.active, [...this.cells.keys()], event.key);
    if (to !== null) this.activate(to, true);
    else if (event.key === "Enter") this.choose(this.active);
    else if (event.key === "+" || event.key === "=") this.zoom(1);
    else if (event.key === "-") this.zoom(-1);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
  }

  /**
   * Open a cell, or what it is made of.
   * @param {string} name
   */
  choose(name) {
    if (name.length === 5) {
      this.props.current.onOpen(name);
      return;
    }
    const least = PRECISIONS.find(([, precision]) => precision === name.length + 1)?.[0] ?? 0;
    const inside = this.map.getBoundsZoom(leafletBounds(boxOf(name)));
    this.active = name;
    this.map.setView(middleOf(boxOf(name)), Math.min(LARGEST_ZOOM, Math.max(least, inside)), { animate: false });
  }
}

/** @param {Box} box */
const leafletBounds = (box) =>
  L.latLngBounds([box.south, box.west], [box.north, box.east]);

const emptyBounds = () => L.latLngBounds([0, 0], [0, 0]);
