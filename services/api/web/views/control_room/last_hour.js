// What the fleet drew in the last hour of the stream, by the minute.

import { useEffect, useMemo, useState } from "preact/hooks";
import { streamTime } from "../../core/clock.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { zoneName } from "../../core/format.js";
import { zone } from "../../core/settings.js";
import { amountsOf } from "../../parts/amounts.js";
import { clockAt } from "../../parts/calendar.js";
import { Skeleton } from "../../parts/problem.js";
import { demandOf } from "../../parts/scale.js";

/** @type {any[]} */
const NONE = [];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** @param {{commodity: import("../../parts/scale.js").Commodity}} props */
export function LastHour({ commodity }) {
  const path = `/v1/fleet/hour?commodity=${commodity}`;
  const { data } = useResource(path, { every: 15_000, when: streamTime.value }).value;
  const items = data?.items ?? NONE;
  const points = useMemo(() => pointsOf(items, (ms) => clockAt(ms, zone.value)), [items, zone.value]);
  const { Chart, failed } = useChart();
  if (failed) return html`<p class="muted">The chart could not be loaded.</p>`;
  if (!data || !Chart) return html`<${Skeleton} lines=${4} label="The last 60 minutes" />`;
  if (!items.length) return html`<p class="muted">No minute has been looked at yet.</p>`;
  const { unit, one, text } = amountsOf(commodity, "rate", points.map((point) => point.value));
  const to = points[points.length - 1].start + MINUTE_MS;
  return html`<${Chart}
    kind="line"
    points=${points}
    from=${to - HOUR_MS}
    to=${to}
    zone=${zone.value}
    one=${one}
    axisText=${text}
    text=${text}
    unit=${unit}
    words=${{
      name: "Demand of the fleet in the last 60 minutes",
      value: `Demand, ${unit}`,
      when: `Minute, ${zoneName(zone.value)}`,
      summary: summaryOf(points, text, unit),
    }}
  />`;
}

/** The chart, which is loaded after all that is to be seen at once. */
function useChart() {
  const [found, setFound] = useState({ Chart: /** @type {any} */ (null), failed: false });
  useEffect(() => {
    let here = true;
    import("../../parts/chart.js").then(
      ({ Chart }) => here && setFound({ Chart, failed: false }),
      () => here && setFound({ Chart: null, failed: true }),
    );
    return () => {
      here = false;
    };
  }, []);
  return found;
}

/**
 * A point for each minute that was looked at.
 * @param {any[]} items
 * @param {(ms: number) => string} clockText
 * @returns {import("../../parts/chart.js").Point[]}
 */
export function pointsOf(items, clockText) {
  return items.map((minute) => {
    const start = Date.parse(minute.start);
    const value = demandOf(minute);
    const silent = minute.silent === 0 ? "" : `${minute.silent} silent`;
    return { start, end: start, value, height: value, marks: [], when: clockText(start), note: silent };
  });
}

/**
 * @param {import("../../parts/chart.js").Point[]} points
 * @param {(value: number) => string} text
 * @param {string} unit
 */
function summaryOf(points, text, unit) {
  const known = points.filter((point) => point.value !== null);
  if (!known.length) return "Nothing is known of it.";
  const value = (/** @type {any} */ point) => point.value;
  const most = known.reduce((best, each) => (value(each) > value(best) ? each : best));
  const least = known.reduce((best, each) => (value(each) < value(best) ? each : best));
  return `Most ${text(value(most))} ${unit} at ${most.when}, least ${text(value(least))} ${unit} at ${least.when}.`;
}
