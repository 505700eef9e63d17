// The control room: where what is drawn and where something is the matter, at a glance.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { html } from "../core/html.js";
import { isNow, state, streamTime } from "../core/clock.js";
import { useResource } from "../core/resource.js";
import { navigate } from "../core/router.js";
import { writing } from "../core/shortcuts.js";
import { useAlertNews } from "../parts/alert_news.js";
import { commodityName, count, rough, share } from "../parts/amounts.js";
import { Choice } from "../parts/choice.js";
import { CommodityChoice, commodityOf } from "../parts/commodity_choice.js";
import { CellMap } from "../parts/map.js";
import { ProblemNote } from "../parts/problem.js";
import { CellTable } from "./control_room/cell_table.js";
import { mapCell, outagesBy } from "./control_room/cells.js";
import { FleetNow } from "./control_room/fleet.js";
import { LastHour } from "./control_room/last_hour.js";
import { Legend } from "./control_room/legend.js";
import { NewestAlerts } from "./control_room/newest_alerts.js";
import { TopFive } from "./control_room/top_five.js";

export const title = "Control room";

/** @typedef {import("../parts/scale.js").Commodity} Commodity */

/** @type {[string, string][]} */
const MEASURES = [
  ["demand", "Demand per meter"],
  ["silent", "Meters silent"],
];
/** @type {[string, string][]} */
const SHAPES = [
  ["map", "Map"],
  ["list", "List"],
];
const MOST_OUTAGES = 1_000;

/** @param {{query: URLSearchParams}} props */
export default function ControlRoom({ query }) {
  const fleet = useResource("/v1/fleet/now", { every: 15_000, when: streamTime.value }).value;
  const items = fleet.data?.items ?? [];
  const { there, commodity } = commodityOf(/** @type {{commodity: Commodity}[]} */ (items), query.get("commodity"));
  const measure = query.get("by") === "silent" ? "silent" : "demand";
  const isList = query.get("as") === "list";
  const news = useAlertNews();
  const [view, setView] = useState({ precision: 4, bbox: "" });
  const found = useCells(commodity, view, isList);
  const outages = useResource(
    `/v1/alerts?kind=outage&life=open&life=acknowledged&limit=${MOST_OUTAGES}`,
    { every: 15_000, when: news },
  ).value.data?.items;

  /** @param {Record<string, string>} change */
  const go = (change) => {
    const all = { commodity, by: measure, as: isList ? "list" : "map", ...change };
    const usual = { commodity: there[0] ?? "electricity", by: "demand", as: "map" };
    const said = Object.entries(all).filter(([name, value]) => value !== /** @type {any} */ (usual)[name]);
    const kiosk = query.has("kiosk") ? [["kiosk", ""]] : [];
    const text = new URLSearchParams([...said, ...kiosk]).toString();
    navigate(text ? `/?${text}` : "/", { replace: true });
  };
  useKey("l", () => go({ as: isList ? "map" : "list" }));

  const precision = found.precision;
  const open = useMemo(() => outagesBy(outages ?? [], precision), [outages, precision]);
  const cells = useMemo(
    () =>
      found.items.map((/** @type {any} */ cell) =>
        mapCell(cell, {
          measure,
          commodity,
          demand: (value) => rough(commodity, value),
          share,
          count,
          outages: open.get(cell.name) ?? 0,
        }),
      ),
    [found.items, measure, commodity, open],
  );
  const bounds = items.find((/** @type {any} */ each) => each.commodity === commodity)?.bounds ?? null;
  if (fleet.data && !items.length) return html`<${Nothing} />`;

  return html`<div class=${`control-room ${isNow.value ? "" : "is-old"}`}>
    <h1 class="unseen">Control room</h1>
    <div class="room-places">
    <section class="room-areas" aria-label="Areas">
      <div class="toolbar">
        <${CommodityChoice} there=${there} value=${commodity} onChoose=${(/** @type {string} */ each) => go({ commodity: each })} />
        <${Choice} name="Colour by" options=${MEASURES} value=${measure} onChoose=${(/** @type {string} */ by) => go({ by })} />
        <${Choice} name="Areas as" options=${SHAPES} value=${isList ? "list" : "map"} onChoose=${(/** @type {string} */ as) => go({ as })} />
        <span class="muted toolbar-key"><kbd>l</kbd> map or list</span>
      </div>
      ${isList
        ? html`<${CellTable} cells=${found.items} outages=${open} commodity=${commodity} />`
        : html`<${CellMap}
            name=${`Map of areas, ${commodityName(commodity).toLowerCase()}`}
            cells=${cells}
            bounds=${bounds}
            hatched=${isStill()}
            onView=${setView}
            onOpen=${(/** @type {string} */ name) => navigate(`/areas/${name}`)}
          />`}
      <div class="room-foot">
        <${Legend}
          measure=${measure}
          commodity=${commodity}
          write=${(/** @type {number} */ value) =>
            measure === "silent" ? share(value) : rough(commodity, value)}
        />
        ${found.truncated && html`<p class="note">There are more areas than can be shown: zoom in.</p>`}
        ${found.problem && html`<${ProblemNote} problem=${found.problem} of="Areas" />`}
      </div>
    </section>
    <section class="room-hour" aria-labelledby="last-hour">
      <h2 id="last-hour">${commodityName(commodity)}: the last 60 minutes</h2>
      <${LastHour} commodity=${commodity} />
    </section>
    </div>
    <div class="room-side">
      <${FleetNow} items=${items} problem=${fleet.problem} />
      <${NewestAlerts} news=${news} />
      <${TopFive} commodity=${commodity} />
    </div>
  </div>`;
}

/** Whether what is shown stands still. */
const isStill = () => state.value === "stale" || state.value === "disconnected";

/**
 * The cells in sight. Those of before stay until others come: a map that is moved is not empty.
 * @param {Commodity} commodity
 * @param {{precision: number, bbox: string}} view
 * @param {boolean} isList
 */
function useCells(commodity, { precision, bbox }, isList) {
  const kept = useRef({ commodity: "", items: /** @type {any[]} */ ([]), precision: 5, truncated: false });
  const where = isList ? "" : `&bbox=${bbox}`;
  const path = `/v1/areas?commodity=${commodity}&precision=${isList ? 5 : precision}${where}`;
  const { data, problem } = useResource(bbox || isList ? path : null, {
    every: 15_000,
    when: streamTime.value,
  }).value;
  if (data) kept.current = { ...data, commodity };
  if (kept.current.commodity !== commodity) kept.current = { commodity, items: [], precision, truncated: false };
  return { ...kept.current, problem: data ? null : problem };
}

/**
 * A key of this view, where nobody is typing.
 * @param {string} key
 * @param {() => void} act
 */
function useKey(key, act) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const pressed = (event) => {
      if (event.defaultPrevented || writing(event) || event.key !== key) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function Nothing() {
  return html`<div class="empty">
    <h1>Control room</h1>
    <p>Nothing has arrived. Readings come from meters, or from a simulated fleet:</p>
    <pre><code>wattstream simulate</code></pre>
  </div>`;
}
