// The ten largest meters of a commodity, or of a region of it, and how their order changes.

import { useRef } from "preact/hooks";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { Link, navigate } from "../core/router.js";
import { isNow, streamTime } from "../core/clock.js";
import { amountsOf, commodityName } from "../parts/amounts.js";
import { Choice } from "../parts/choice.js";
import { CommodityChoice, commodityOf } from "../parts/commodity_choice.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { RankChange, ranksOf } from "../parts/ranks.js";
import { Table } from "../parts/table.js";
import { StreamTime } from "../parts/times.js";
import { stateName } from "../data/us_states.js";

export const title = "Top ten";

/** @type {[string, string][]} */
const BY = [
  ["power", "Power"],
  ["energy", "Energy today"],
  ["register", "Since the start"],
];

/** @param {{query: URLSearchParams}} props */
export default function Top(props) {
  const query = Object.fromEntries(props.query);
  const by = BY.some(([each]) => each === query.by) ? query.by : "power";
  const fleet = useResource("/v1/fleet/now", { every: 30_000 }).value;
  const { there, commodity } = commodityOf(fleet.data?.items ?? [], query.commodity);
  const regions = useResource(`/v1/regions?commodity=${commodity}`, { every: 60_000 }).value.data?.items ?? [];
  const region = regions.some((/** @type {any} */ each) => each.name === query.region) ? query.region : "";
  const asked = new URLSearchParams({ by, commodity, ...(region && { region }) });
  const { data, problem, again } = useResource(`/v1/top?${asked}`, { every: 15_000, when: streamTime.value }).value;
  /** @param {Record<string, string>} change */
  const go = (change) => navigate(addressOf({ by, commodity, region, ...change }));
  const items = data?.items ?? [];
  const ranks = useRanks(items, `${by} ${commodity} ${region}`, data?.as_of);
  const measured = items.map(valueOf(by));
  const { unit, text } = amountsOf(commodity, by === "power" ? "rate" : "amount", measured);
  /** @typedef {any} Meter */
  const columns = [
    { key: "rank", label: "Rank", number: true, cell: (/** @type {Meter} */ meter) => meter.rank },
    {
      key: "meter",
      label: "Meter",
      cell: (/** @type {Meter} */ { meter_id }) => html`<${Link} to=${`/meters/${encodeURIComponent(meter_id)}`}>${meter_id}<//>`,
    },
    {
      key: "amount",
      label: `${by === "power" ? "Demand" : "Taken"}, ${unit}`,
      number: true,
      cell: (/** @type {Meter} */ meter) => html`<b>${text(valueOf(by)(meter))}</b>`,
    },
    {
      key: "bar",
      label: "",
      cell: (/** @type {Meter} */ meter) => html`<svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect width=${shareOf(meter, items, by)} height="8" />
      </svg>`,
    },
    { key: "area", label: "Area", cell: (/** @type {Meter} */ { area }) => html`<${Link} to=${`/areas/${area}`}>${area}<//>` },
    {
      key: "before",
      label: "Rank before",
      cell: (/** @type {Meter} */ meter) =>
        html`<${RankChange} rank=${meter.rank} before=${ranks?.get(meter.meter_id)} known=${ranks !== null} />`,
    },
  ];

  return html`<div class="top-view">
    <h1>Top ten</h1>
    <div class="toolbar">
      <${CommodityChoice} there=${there} value=${commodity} onChoose=${(/** @type {string} */ each) => go({ commodity: each })} />
      <${Choice} name="By" options=${BY} value=${by} onChoose=${(/** @type {string} */ each) => go({ by: each })} />
      ${regions.length > 0 &&
      html`<label>
        <span>Region</span>
        <select onChange=${(/** @type {any} */ event) => go({ region: event.currentTarget.value })}>
          <option value="" selected=${!region}>all</option>
          ${regions.map(
            (/** @type {any} */ each) =>
              html`<option key=${each.name} value=${each.name} selected=${each.name === region}>${stateName(each.name)}</option>`,
          )}
        </select>
      </label>`}
    </div>
    ${problem && html`<${ProblemNote} problem=${problem} of="Top ten" again=${again} />`}
    ${!data && !problem && html`<${Skeleton} lines=${10} label="Top ten" />`}
    ${data &&
    html`<p class="lead">
        ${captionOf(by, commodity, region)}
        ${data.as_of && html` <span class="muted">at <${StreamTime} at=${data.as_of} /></span>`}
      </p>
      <div class=${isNow.value ? "" : "is-old"}>
        <${Table}
          name="The largest meters"
          columns=${columns}
          rows=${items}
          id=${(/** @type {any} */ meter) => meter.meter_id}
          empty=${`No meter ${by === "power" ? "draws anything" : "has taken anything"}.`}
        />
      </div>`}
  </div>`;
}

/** @param {string} by @returns {(meter: any) => number} */
const valueOf = (by) => (meter) =>
  by === "power"
    ? (meter.demand_w ?? meter.flow_l_per_h)
    : by === "energy"
      ? (meter.energy_today_wh ?? meter.volume_today_l)
      : (meter.register_wh ?? meter.register_l);

/** @param {any} meter @param {any[]} items @param {string} by */
function shareOf(meter, items, by) {
  const most = valueOf(by)(items[0]);
  return most > 0 ? ((100 * valueOf(by)(meter)) / most).toFixed(1) : "0";
}

/** @param {string} by @param {string} commodity @param {string} region */
function captionOf(by, commodity, region) {
  const of = `${commodityName(commodity)}${region ? ` in ${stateName(region)}` : ""}`;
  if (by === "power") return `${of}: who draws most`;
  return by === "energy" ? `${of}: who took most today` : `${of}: who took most since the start`;
}

/** @param {Record<string, string>} query */
function addressOf({ by, commodity, region }) {
  const said = new URLSearchParams({ by, commodity, ...(region && { region }) });
  return `/top?${said}`;
}

/**
 * The ranks of the answer before the one that is shown; null if there was none.
 * @param {any[]} items
 * @param {string} of Which list.
 * @param {string | undefined} asOf
 */
function useRanks(items, of, asOf) {
  const kept = useRef({ of: "", asOf: "", now: /** @type {any} */ (null), before: /** @type {any} */ (null) });
  const known = kept.current;
  if (asOf && (known.of !== of || known.asOf !== asOf)) {
    const before = known.of === of ? known.now : null;
    kept.current = { of, asOf, now: ranksOf(items), before };
  }
  return kept.current.before;
}
