/** A day, a month or a year of a meter as bars, with what they are worth. */

import { useEffect } from "preact/hooks";
import { zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link, navigate } from "../../core/router.js";
import { clockAt, dayAt, endClockAt, longDay, shortDay, weekday } from "../../parts/calendar.js";
import { Chart } from "../../parts/chart.js";
import { countedOf, scaleOf } from "./amounts.js";
import { amountOf, bandOf, gapsOf, pointsOf, ticksOf } from "./bars.js";
import { BAR_WORDS, dayEndedBy, historyPath, rangeLink, weekBefore } from "./range.js";

const HALF_HOUR_MS = 30 * 60_000;
/** @type {Record<string, string>} by whose hours it is learned from */
const USUAL_OF = { meter: "usual for this home", group: "usual for homes like this one" };
const NARROW = matchMedia("(max-width: 40rem)");

/**
 * @param {{meterId: string, commodity: string, zone: string, streamMs: number, cadenceMs: number | null,
 *   range: import("./range.js").Range, lastMs: number | null, onEmpty: (isEmpty: boolean) => void}} props
 *   `lastMs`: of the last reading; `onEmpty` hears whether nothing of the range was measured
 */
export function History({ meterId, commodity, zone, streamMs, cadenceMs, range, lastMs, onEmpty }) {
  const every = 60_000;
  const { data, problem } = useResource(historyPath(meterId, "energy", range, zone), { every }).value;
  const isEmpty = data !== null && data[countedOf(commodity).amount] === null;
  useEffect(() => {
    onEmpty(isEmpty);
    return () => onEmpty(false);
  }, [isEmpty]);
  const isDay = range.kind === "day";
  const before = weekBefore(range);
  // Of a month or a year nothing is compared, and nothing asked for.
  const other = useResource(isDay ? historyPath(meterId, "energy", { ...before, resolution: "PT30M" }, zone) : null, {});
  if (data === null) {
    return html`<div class="chart-waits" role="status">
      ${problem ? `The bars cannot be shown: ${problem.detail ?? problem.title}` : "Reading history …"}
    </div>`;
  }
  const counted = countedOf(commodity);
  const from = Date.parse(data.start);
  const to = Date.parse(data.end);
  /** @type {import("./bars.js").EnergyBar[]} */
  const bars = data.items;
  const ghostBars = isDay ? (other.value.data?.items ?? []) : [];
  const band = isDay ? bandOf(bars) : [];
  const scale = scaleOf(counted.kind, [
    ...[...bars, ...ghostBars].map((bar) => (amountOf(bar) ?? 0) / bar.spans),
    ...band.map((span) => span.most / span.parts),
  ]);
  const known = {
    zone,
    streamMs,
    cadenceMs,
    resolution: range.resolution,
    amount: (/** @type {number} */ value) => `${scale.text(value)} ${scale.unit}`,
  };
  const points = pointsOf(bars, known);
  const ghost = isDay ? onThisDay(pointsOf(ghostBars, known), from, to, zone) : [];
  const ghostName = `${weekday(before.day)} ${shortDay(before.day)}`;
  const total = data[counted.amount];
  const barWords = BAR_WORDS[/** @type {keyof typeof BAR_WORDS} */ (range.resolution)];
  const said = total === null ? "Nothing was measured" : `${known.amount(total)} in all`;
  const link = (/** @type {import("../../parts/chart.js").Point} */ point) =>
    isDay ? null : rangeLink(meterId, range.kind === "year" ? "month" : "day", dayAt(point.start, zone));
  const isElsewhere = lastMs !== null && (lastMs <= from || lastMs > to);
  return html`${total === null && isElsewhere && html`<${LastHeard} ...${{ meterId, range, zone, lastMs }} />`}<${Chart}
    kind="bars"
    points=${points}
    ghost=${ghost.length ? ghost : undefined}
    band=${band.length ? band : undefined}
    gaps=${gapsOf(bars, known, { from, to })}
    from=${from}
    to=${to}
    zone=${zone}
    ticks=${ticksOf(from, to, range.resolution, zone, NARROW.matches)}
    one=${scale.one}
    axisText=${scale.text}
    text=${scale.text}
    unit=${scale.unit}
    link=${link}
    onOpen=${(/** @type {import("../../parts/chart.js").Point} */ point) => {
      const address = link(point);
      if (address !== null) navigate(address);
    }}
    words=${{
      name: `${counted.amountWord} of ${meterId}, ${range.title}, by ${barWords}, ${scale.unit}`,
      value: `${counted.amountWord}, ${scale.unit}`,
      when: zoneName(zone),
      ghost: ghost.length ? ghostName : undefined,
      band: band.length ? { name: USUAL_OF[data.usual_of], column: `Usual, ${scale.unit}` } : undefined,
      summary: `${said}, by ${barWords}, ${zoneName(zone)}.`,
    }}
  />`;
}

/**
 * When there was something, where there is nothing of the range.
 * @param {{meterId: string, range: import("./range.js").Range, zone: string, lastMs: number}} props
 */
function LastHeard({ meterId, range, zone, lastMs }) {
  const day = dayEndedBy(lastMs, zone);
  return html`<p class="last-heard">
    There are no readings of ${range.title}. The last one came on <${Link} to=${rangeLink(meterId, range.kind, day)}
      >${longDay(day)}, ${endClockAt(lastMs, zone)}</${Link}
    >.
  </p>`;
}

/**
 * Bars of another day at the times of this one, by what clocks show.
 * @param {import("../../parts/chart.js").Point[]} points
 * @param {number} from
 * @param {number} to
 * @param {string} zone
 */
function onThisDay(points, from, to, zone) {
  /** @type {Map<string, number>} */
  const at = new Map();
  for (let ms = from; ms < to; ms += HALF_HOUR_MS) {
    const time = clockAt(ms, zone);
    // Of an hour that the clock repeats, the first.
    if (!at.has(time)) at.set(time, ms);
  }
  return points.flatMap((point) => {
    const start = at.get(clockAt(point.start, zone));
    if (start === undefined) return [];
    return [{ ...point, start, end: start + (point.end - point.start), value: point.height }];
  });
}
