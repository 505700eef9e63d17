/** The last fifteen minutes of a meter: readings as they come, and minutes of what came before. */

import { useEffect, useState } from "preact/hooks";
import { zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { abbreviation, clockAt } from "../../parts/calendar.js";
import { Chart } from "../../parts/chart.js";
import { countedOf, scaleOf } from "./amounts.js";

/** @typedef {import("../../parts/chart.js").Point} Point */

const MINUTE_MS = 60_000;
const SPAN_MS = 15 * MINUTE_MS;
const GAP_CADENCES = 2.5;

/**
 * @param {{meterId: string, commodity: string, zone: string, streamMs: number,
 *   meter: import("./now.js").MeterNow}} props
 */
export function Live({ meterId, commodity, zone, streamMs, meter }) {
  const counted = countedOf(commodity);
  const heard = useHeard(meter, counted.demand, zone);
  // Asked for once: what comes after it is heard.
  const [asked] = useState(() => minutesPath(meterId, streamMs, zone));
  const { data, problem } = useResource(asked, {}).value;
  const from = streamMs - SPAN_MS;
  const points = [...before(data?.items ?? [], heard[0]?.start ?? Infinity, counted, zone), ...heard].filter(
    (each) => each.start >= from,
  );
  const cadenceMs = Math.max(meter.cadence_ms ?? 0, 5_000);
  const scale = scaleOf(counted.rate, points.map((each) => each.value));
  const last = points.at(-1);
  const said = last === undefined ? "Nothing was heard" : `${scale.text(last.value ?? 0)} ${scale.unit} at ${last.when}`;
  return html`<${Chart}
    kind="line"
    align=${-1}
    points=${withGaps(points, cadenceMs)}
    gaps=${gapsOf(points, from, streamMs, cadenceMs, zone)}
    from=${from}
    to=${streamMs}
    zone=${zone}
    one=${scale.one}
    axisText=${scale.text}
    text=${scale.text}
    unit=${scale.unit}
    words=${{
      name: `${counted.demandWord} of ${meterId}, the last 15 minutes, ${scale.unit}`,
      value: `${counted.demandWord}, ${scale.unit}`,
      when: zoneName(zone),
      summary: `${said}. ${problem && data === null ? `What came before cannot be shown: ${problem.title}` : ""}`,
    }}
  />`;
}

/**
 * The readings that came since this is looked at.
 * @param {import("./now.js").MeterNow} meter
 * @param {"demand_w" | "flow_l_per_h"} field
 * @param {string} zone
 * @returns {Point[]}
 */
function useHeard(meter, field, zone) {
  const [heard, setHeard] = useState(/** @type {Point[]} */ ([]));
  const at = Date.parse(meter.last_reading);
  const value = meter[field];
  useEffect(() => {
    if (value === null) return;
    setHeard((known) => {
      const since = known.filter((each) => each.start < at && each.start >= at - SPAN_MS);
      return [...since, pointOf(at, value, zone, meter.late ? "came late" : "")];
    });
  }, [at, value]);
  return heard;
}

/**
 * @param {number} at
 * @param {number | null} value
 * @param {string} zone
 * @param {string} note
 * @returns {Point}
 */
function pointOf(at, value, zone, note) {
  return { start: at, end: at, value, height: value, marks: [], when: clockAt(at, zone, true), note };
}

/**
 * @param {string} meterId
 * @param {number} streamMs
 * @param {string} zone
 */
function minutesPath(meterId, streamMs, zone) {
  const end = streamMs - (streamMs % MINUTE_MS) + MINUTE_MS;
  const query = new URLSearchParams({
    start: new Date(end - SPAN_MS - MINUTE_MS).toISOString(),
    end: new Date(end).toISOString(),
    tz: zone,
  });
  return `/v1/meters/${encodeURIComponent(meterId)}/minutes?${query}`;
}

/**
 * Minutes as points at their ends, up to the first reading that was heard: the mean of each.
 * @param {Record<string, any>[]} minutes
 * @param {number} until
 * @param {import("./amounts.js").Counted} counted
 * @param {string} zone
 */
function before(minutes, until, counted, zone) {
  return minutes
    .map((each) => {
      const [least, most] = [each[counted.least], each[counted.most]];
      const { text, unit } = scaleOf(counted.rate, [most]);
      const between = least === null || most === null ? "" : `, ${text(least)} to ${text(most)} ${unit}`;
      const value = each[counted.demand];
      return pointOf(Date.parse(each.start) + MINUTE_MS, value, zone, `mean of the minute${between}`);
    })
    .filter((each) => each.value !== null && each.start < until);
}

/**
 * How long one point may stand for what comes before it.
 * @param {Point} point
 * @param {number} cadenceMs
 */
function reach(point, cadenceMs) {
  return Math.max(GAP_CADENCES * cadenceMs, point.note.startsWith("mean") ? GAP_CADENCES * MINUTE_MS : 0);
}

/**
 * The points with one that has no value where nothing came for long.
 * @param {Point[]} points
 * @param {number} cadenceMs
 */
function withGaps(points, cadenceMs) {
  return points.flatMap((point, index) => {
    const last = points[index - 1];
    const isApart = last !== undefined && point.start - last.start > reach(last, cadenceMs);
    if (!isApart) return [point];
    const when = `${last.when} – ${point.when}`;
    const gap = { ...last, start: last.start + 1, end: point.start, value: null, height: null, when, note: "no readings" };
    return [gap, point];
  });
}

/**
 * The same times, to be hatched; and the time since the last reading, if that is long ago.
 * @param {Point[]} points
 * @param {number} from
 * @param {number} to
 * @param {number} cadenceMs
 * @param {string} zone
 */
function gapsOf(points, from, to, cadenceMs, zone) {
  const found = [];
  for (let index = 0; index < points.length; index++) {
    const start = points[index].start;
    const end = points[index + 1]?.start ?? to;
    if (end - start > reach(points[index], cadenceMs)) found.push({ start, end });
  }
  if (points.length === 0) found.push({ start: from, end: to });
  return found.map(({ start, end }) => ({
    start,
    end,
    words: `no readings ${clockAt(start, zone, true)} – ${clockAt(end, zone, true)} ${abbreviation(end, zone)}`,
  }));
}
