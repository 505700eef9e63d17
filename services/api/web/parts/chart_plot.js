/** The canvas of a chart: uPlot has scales, axes and lines; bars, gaps and the marked point are ours. */

import uPlot from "uplot";
import { clockAt } from "./calendar.js";
import { coloursOf, patternOf } from "./chart_marks.js";

/**
 * @typedef {import("./chart.js").Spec} Spec
 * @typedef {import("./chart.js").Point} Point
 * @typedef {import("./chart_marks.js").Colours} Colours
 */

const SECOND_MS = 1_000;
const FONT_PX = 12;
const PALE = 0.28;
/** Of what is usual: bars stand out against it, and it against the page by its edge. */
const GROUND = 0.18;

/** A chart on an element, until `destroy`. */
export class Plot {
  /**
   * @param {HTMLElement} element
   * @param {Spec} spec
   * @param {(index: number) => void} onPoint a pointer is over a point
   */
  constructor(element, spec, onPoint) {
    this.element = element;
    this.spec = spec;
    this.selected = -1;
    this.onPoint = onPoint;
    this.colours = coloursOf(element);
    this.made = this.make();
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(element);
    this.themed = new MutationObserver(() => this.retheme());
    this.themed.observe(document.documentElement, { attributes: true });
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.retheme = this.retheme.bind(this);
    this.dark.addEventListener("change", this.retheme);
  }

  /** @param {Spec} spec */
  update(spec) {
    const isOther =
      spec.kind !== this.spec.kind ||
      spec.zone !== this.spec.zone ||
      (spec.ticks === undefined) !== (this.spec.ticks === undefined);
    this.spec = spec;
    if (isOther) this.remake();
    else this.made.setData(dataOf(spec), true);
  }

  /** @param {number} index of the point to mark; -1 for none */
  select(index) {
    if (index === this.selected) return;
    this.selected = index;
    this.made.redraw(false);
  }

  destroy() {
    this.resized.disconnect();
    this.themed.disconnect();
    this.dark.removeEventListener("change", this.retheme);
    this.made.destroy();
  }

  retheme() {
    this.colours = coloursOf(this.element);
    this.made.redraw(false);
  }

  remake() {
    this.made.destroy();
    this.made = this.make();
  }

  fit() {
    const { width, height } = this.size();
    if (width !== this.made.width || height !== this.made.height) this.made.setSize({ width, height });
  }

  size() {
    return {
      width: Math.max(200, Math.floor(this.element.clientWidth)),
      height: Math.max(120, Math.floor(this.element.clientHeight)),
    };
  }

  make() {
    const { kind, zone } = this.spec;
    const isLine = kind === "line";
    const hasTicks = this.spec.ticks !== undefined;
    const font = `${FONT_PX}px ${getComputedStyle(this.element).fontFamily}`;
    const stroke = () => this.colours.muted;
    const lines = { stroke: () => this.colours.line, width: 1 };
    const axis = { stroke, font, grid: lines, ticks: { ...lines, size: 4 } };
    const plot = new uPlot(
      {
        ...this.size(),
        // A day begins where the meter is, wherever the reader may be.
        tzDate: (s) => uPlot.tzDate(new Date(s * SECOND_MS), zone),
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        padding: [24, 20, 0, 0],
        scales: {
          x: { time: true, range: () => [this.spec.from / SECOND_MS, this.spec.to / SECOND_MS] },
          y: { range: (_, least, most) => rangeOf(least, highest(most, this.spec), this.spec.one) },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 28,
            // uPlot finds whole minutes and hours of the zone by itself.
            splits: hasTicks ? () => (this.spec.ticks ?? []).map((tick) => tick.at / SECOND_MS) : undefined,
            values: (u, splits) =>
              hasTicks
                ? (this.spec.ticks ?? []).map((tick) => tick.text)
                : splits.map((each) => clockAt(each * SECOND_MS, zone)),
          },
          { ...axis, size: 52, values: (u, splits) => splits.map((each) => this.spec.axisText(each)) },
        ],
        series: [
          {},
          {
            stroke: () => this.colours.accent,
            width: 2,
            paths: isLine ? uPlot.paths.stepped?.({ align: this.spec.align ?? -1 }) : () => null,
            points: { show: false },
          },
          {
            stroke: () => this.colours.ink,
            width: 1.5,
            dash: [6, 4],
            paths: uPlot.paths.stepped?.({ align: 1 }),
            points: { show: false },
          },
        ],
        hooks: {
          drawAxes: [(u) => this.drawBand(u), (u) => this.drawGaps(u)],
          drawSeries: [
            (u, index) => index === 1 && kind === "bars" && this.drawBars(u),
            (u, index) => index === 1 && this.drawBandEdge(u),
          ],
          draw: [(u) => this.drawUnit(u), (u) => this.drawLabels(u), (u) => this.drawSelected(u)],
        },
      },
      dataOf(this.spec),
      this.element,
    );
    const look = (/** @type {PointerEvent} */ event) => {
      const at = plot.posToVal(event.offsetX, "x") * SECOND_MS;
      const index = nearest(this.spec.points, at);
      if (index >= 0) this.onPoint(index);
    };
    plot.over.addEventListener("pointermove", look);
    plot.over.addEventListener("pointerdown", look);
    return plot;
  }

  /** @param {uPlot} u */
  drawGaps(u) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    clipped(u, () => {
      for (const gap of this.spec.gaps ?? []) {
        const { left, width } = across(u, gap.start, gap.end);
        ctx.fillStyle = patternOf(ctx, "cross", this.colours.line, null, ratio);
        ctx.fillRect(left, u.bbox.top, width, u.bbox.height);
        this.write(u, gap.words, left, width, u.bbox.top + 14 * ratio);
      }
    });
  }

  /** What is usual, as a ground for the bars. @param {uPlot} u */
  drawBand(u) {
    const { ctx } = u;
    clipped(u, () => {
      ctx.globalAlpha = GROUND;
      ctx.fillStyle = this.colours.muted;
      for (const span of this.spec.band ?? []) {
        const { left, width } = across(u, span.start, span.end);
        const top = u.valToPos(span.most / span.parts, "y", true);
        ctx.fillRect(left, top, width, u.valToPos(span.least / span.parts, "y", true) - top);
      }
      ctx.globalAlpha = 1;
      this.traceBand(u, "least");
      ctx.strokeStyle = this.colours.muted;
      ctx.lineWidth = uPlot.pxRatio;
      ctx.stroke();
    });
  }

  /** Its upper edge, over the bars that reach above it, too. @param {uPlot} u */
  drawBandEdge(u) {
    const { ctx } = u;
    clipped(u, () => {
      this.traceBand(u, "most");
      // On a seam of the ground it is told from bars of any colour.
      ctx.strokeStyle = this.colours.surface;
      ctx.lineWidth = 4 * uPlot.pxRatio;
      ctx.stroke();
      ctx.strokeStyle = this.colours.muted;
      ctx.lineWidth = 1.5 * uPlot.pxRatio;
      ctx.stroke();
    });
  }

  /**
   * An edge of what is usual as the path to be drawn; it is broken where nothing is known.
   * @param {uPlot} u
   * @param {"least" | "most"} edge
   */
  traceBand(u, edge) {
    const { ctx } = u;
    let before = NaN;
    ctx.setLineDash([]);
    ctx.beginPath();
    for (const span of this.spec.band ?? []) {
      const { left, width } = across(u, span.start, span.end);
      const y = u.valToPos(span[edge] / span.parts, "y", true);
      if (span.start === before) ctx.lineTo(left, y);
      else ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      before = span.end;
    }
  }

  /** What the axis is in, above it. @param {uPlot} u */
  drawUnit(u) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.font = `${FONT_PX * ratio}px ${getComputedStyle(this.element).fontFamily}`;
    ctx.fillStyle = this.colours.muted;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(this.spec.unit, u.bbox.left - 8 * ratio, u.bbox.top - 16 * ratio);
    ctx.restore();
  }

  /** @param {uPlot} u */
  drawBars(u) {
    clipped(u, () => {
      for (const point of this.spec.points) if (point.height !== null) this.drawBar(u, point);
      if ((u.scales.y.min ?? 0) < 0) line(u, this.colours.muted, u.valToPos(0, "y", true));
    });
  }

  /**
   * @param {uPlot} u
   * @param {Point} point
   */
  drawBar(u, point) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    const { accent, warn } = this.colours;
    const { left, width, top, height } = this.box(u, point);
    const marks = new Set(point.marks);
    ctx.strokeStyle = accent;
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([]);
    if (marks.has("together") || marks.has("part")) {
      ctx.globalAlpha = PALE;
      ctx.fillStyle = accent;
      ctx.fillRect(left, top, width, height);
      ctx.globalAlpha = 1;
    }
    if (marks.has("together")) {
      ctx.fillStyle = patternOf(ctx, "diagonal", accent, null, ratio);
      ctx.fillRect(left, top, width, height);
      ctx.strokeRect(left, top, width, height);
    } else if (marks.has("part")) {
      ctx.setLineDash([4 * ratio, 3 * ratio]);
      ctx.strokeRect(left, top, width, height);
      ctx.setLineDash([]);
    } else if (!marks.has("estimated")) {
      ctx.fillStyle = accent;
      ctx.fillRect(left, top, width, height);
    }
    if (marks.has("estimated")) {
      ctx.fillStyle = patternOf(ctx, "dots", accent, this.colours.surface, ratio);
      ctx.fillRect(left, top, width, height);
      ctx.strokeRect(left, top, width, height);
    }
    if (marks.has("open")) {
      ctx.setLineDash([4 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(left, top - 3 * ratio);
      ctx.lineTo(left + width, top - 3 * ratio);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    if (marks.has("corrected")) {
      const middle = left + width / 2;
      const half = Math.min(5 * ratio, Math.max(3 * ratio, width / 2));
      const tip = Math.max(top - 3 * ratio, u.bbox.top + 8 * ratio);
      ctx.fillStyle = warn;
      ctx.beginPath();
      ctx.moveTo(middle, tip);
      ctx.lineTo(middle - half, tip - 7 * ratio);
      ctx.lineTo(middle + half, tip - 7 * ratio);
      ctx.fill();
    }
  }

  /** What bars are worth that say so, over all lines. @param {uPlot} u */
  drawLabels(u) {
    clipped(u, () => {
      for (const point of this.spec.points) {
        if (!point.label || point.height === null) continue;
        const { left, width, top, height } = this.box(u, point);
        // Within the bar where it is high enough: above it a gap has its words.
        const isHigh = height > 24 * uPlot.pxRatio;
        this.write(u, point.label, left, width, isHigh ? top + height / 2 : top - 8 * uPlot.pxRatio);
      }
    });
  }

  /** @param {uPlot} u */
  drawSelected(u) {
    const point = this.spec.points[this.selected];
    if (point === undefined) return;
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    clipped(u, () => {
      ctx.strokeStyle = this.colours.focus;
      ctx.lineWidth = 2 * ratio;
      ctx.setLineDash([]);
      if (this.spec.kind === "bars") {
        const { left, width } = across(u, point.start, point.end);
        ctx.strokeRect(left, u.bbox.top + ratio, width, u.bbox.height - 2 * ratio);
        return;
      }
      const x = u.valToPos(point.start / SECOND_MS, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
      if (point.value === null) return;
      ctx.fillStyle = this.colours.surface;
      ctx.beginPath();
      ctx.arc(x, u.valToPos(point.value, "y", true), 5 * ratio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    });
  }

  /**
   * A bar's place on the canvas.
   * @param {uPlot} u
   * @param {Point} point
   */
  box(u, point) {
    const { left, width } = across(u, point.start, point.end);
    const space = Math.min(3 * uPlot.pxRatio, width * 0.2);
    const zero = u.valToPos(0, "y", true);
    const end = u.valToPos(point.height ?? 0, "y", true);
    return {
      left: left + space / 2,
      width: width - space,
      top: Math.min(zero, end),
      height: Math.max(Math.abs(zero - end), point.height === 0 ? 0 : uPlot.pxRatio),
    };
  }

  /**
   * Words in the middle of a width, on a ground of their own, where they fit.
   * @param {uPlot} u
   * @param {string} words
   * @param {number} left
   * @param {number} width
   * @param {number} middle
   */
  write(u, words, left, width, middle) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    ctx.font = `${FONT_PX * ratio}px ${getComputedStyle(this.element).fontFamily}`;
    const size = ctx.measureText(words).width + 8 * ratio;
    if (size > width) return;
    const half = 9 * ratio;
    const y = Math.max(middle, u.bbox.top + half);
    ctx.fillStyle = this.colours.surface;
    ctx.fillRect(left + (width - size) / 2, y - half, size, 2 * half);
    ctx.fillStyle = this.colours.ink;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(words, left + width / 2, y);
  }
}

/**
 * The point whose time a time is in, or the nearest to it; -1 if there is none.
 * @param {Point[]} points in their order
 * @param {number} at
 */
export function nearest(points, at) {
  let found = -1;
  let least = Infinity;
  points.forEach((point, index) => {
    const distance = at < point.start ? point.start - at : Math.max(0, at - point.end);
    if (distance < least) [found, least] = [index, distance];
  });
  return found;
}

/**
 * @param {Spec} spec
 * @returns {uPlot.AlignedData}
 */
function dataOf({ kind, points, ghost, from, to }) {
  if (kind === "bars") {
    const own = new Map(points.map((each) => [each.start, each.height]));
    const other = new Map((ghost ?? []).map((each) => [each.start, each.value]));
    const lastGhost = ghost?.at(-1);
    // A step has to end, too.
    if (lastGhost !== undefined) other.set(Math.min(lastGhost.end, to), lastGhost.value);
    const at = [...new Set([...own.keys(), ...other.keys()])].sort((a, b) => a - b);
    return [
      at.map((each) => each / SECOND_MS),
      at.map((each) => own.get(each) ?? null),
      at.map((each) => (other.has(each) ? (other.get(each) ?? null) : undefined)),
    ];
  }
  const inside = points.filter((each) => each.start >= from && each.start <= to);
  return [
    inside.map((each) => each.start / SECOND_MS),
    inside.map((each) => each.value),
    inside.map(() => null),
  ];
}

/**
 * The most that is drawn.
 * @param {number | null} most of the points
 * @param {Spec} spec
 */
function highest(most, { band }) {
  return Math.max(most ?? 0, ...(band ?? []).map((span) => span.most / span.parts));
}

/**
 * From 0, or from below it, to somewhat above the most; to one of the unit where there is nothing.
 * @param {number | null} least
 * @param {number | null} most
 * @param {number} one
 * @returns {[number, number]}
 */
function rangeOf(least, most, one) {
  const top = Math.max(0, most ?? 0);
  const bottom = Math.min(0, least ?? 0);
  const room = 0.12 * (top - bottom);
  return top === bottom ? [0, one] : [bottom === 0 ? 0 : bottom - room, top + room];
}

/**
 * @param {uPlot} u
 * @param {number} start
 * @param {number} end
 */
function across(u, start, end) {
  const least = u.bbox.left;
  const most = u.bbox.left + u.bbox.width;
  const left = Math.max(least, u.valToPos(start / SECOND_MS, "x", true));
  const right = Math.min(most, u.valToPos(end / SECOND_MS, "x", true));
  return { left, width: Math.max(0, right - left) };
}

/**
 * @param {uPlot} u
 * @param {() => void} draw
 */
function clipped(u, draw) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/**
 * @param {uPlot} u
 * @param {string} colour
 * @param {number} y
 */
function line(u, colour, y) {
  const { ctx, bbox } = u;
  ctx.strokeStyle = colour;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
}
