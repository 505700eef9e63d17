/** What is to be said of all live values at once: that they are old, since when, and why. */

import { away, awayFor, awaySince, lostSince, movedAt, serverNow, state, streamTime } from "../core/clock.js";
import { ago, clockTime, moment } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { may, session } from "../core/session.js";
import { zone } from "../core/settings.js";
import { mode } from "../core/stream.js";

/** For so long the API knows who may read history without asking for it. */
const HISTORY_MS = 10 * 60_000;

const WORDS = {
  unknown: "Asking …",
  empty: "No readings yet",
  current: "Live",
  delayed: "Delayed",
  stale: "Standing still",
  disconnected: "No connection",
};

/** How far the readings are, and whether that is of now. */
export function StreamClock() {
  const at = streamTime.value;
  return html`<p class="stream-clock is-${state.value}">
    <strong>${WORDS[state.value]}</strong>
    ${at !== null && html`<time datetime=${new Date(at).toISOString()} title="How far the readings are">${moment(at, zone.value)}</time>`}
  </p>`;
}

export function Banner() {
  return html`<div class="banner-frame" role="status"><${Words} /></div>`;
}

function Words() {
  switch (state.value) {
    case "disconnected":
      return html`<${Said} kind="bad">
        <strong>No connection since ${clockTime(lostSince.value, zone.value)}.</strong> What is shown is of then. The page tries again
        by itself.
      <//>`;
    case "stale":
      if (away.value !== null) return html`<${Said} kind="bad"><${Missing} /><//>`;
      return html`<${Said} kind="bad"><${Standing} /><//>`;
    case "empty":
      return html`<${Said} kind="warn">
        <strong>Nothing has arrived.</strong> Readings come by <code>wattstream simulate --namespace ${session.value?.namespace}</code>, for
        example.
      <//>`;
    default:
      return html`
        ${state.value === "delayed" &&
        away.value === null &&
        html`<${Said} kind="warn"><strong>Values of ${moment(streamTime.value, zone.value)}:</strong> newer ones are late.<//>`}
        ${away.value !== null && html`<${Said} kind="bad"><${Missing} /><//>`}
        ${mode.value === "reduced" &&
        away.value === null &&
        html`<${Said} kind="warn"><strong>Reduced:</strong> no stream is to be had, so that values are asked for each 5 s.<//>`}
      `;
  }
}

/** Live values cannot be read. */
function Missing() {
  const store = away.value?.store;
  if (!session.value) {
    return html`<strong>${store} does not answer,</strong> and it has who may see what. The page tries again by itself.`;
  }
  const since = clockTime(awaySince.value, zone.value);
  const until = clockTime((awaySince.value ?? 0) + HISTORY_MS, zone.value);
  return html`<strong>Live values cannot be read: ${store} does not answer.</strong>
    ${" "}What is shown is of ${since}, and not of now.
    ${(awayFor.value ?? 0) < HISTORY_MS
      ? html`${" "}History goes on until about ${until}.`
      : html`${" "}History cannot be read any more either: only ${store} knows who may.`}`;
}

function Standing() {
  const since = movedAt.value;
  // Only how long is told again each second, and it is not read out.
  return html`<strong>Live values stand still${since === null ? "" : ` since ${clockTime(since, zone.value)}`}.</strong>
    ${since === null
      ? " Nobody saw since when."
      : html` <span aria-hidden="true">That was ${ago(serverNow.value - since)}.</span>`}
    ${" "}They are of ${moment(streamTime.value, zone.value)}, and not of now. ${may("read:system") && html`<${Likely} />`}`;
}

/** The parts that are the likely reason. */
function Likely() {
  const { data } = useResource("/v1/system", { every: 10_000 }).value;
  if (data === null) return null;
  const parts = likely(data);
  return html`${parts.length > 0 ? `${parts.join("; ")}. ` : "All parts run: perhaps nobody sends. "}<a href="/system">System</a>`;
}

/**
 * What is the matter, by what the API says of the system.
 * @param {{stores: {name: string, answers: boolean}[], jobs: {name: string, runs: boolean, state: string}[] | null}} system
 * @returns {string[]}
 */
export function likely({ stores, jobs }) {
  const silent = stores.filter(({ answers }) => !answers).map(({ name }) => `${name} does not answer`);
  const still = (jobs ?? []).filter(({ runs }) => !runs).map(({ name, state: said }) => `${name} does not run (${said.toLowerCase()})`);
  return [...silent, ...still];
}

/** @param {{kind: "bad" | "warn", children?: unknown}} props */
function Said({ kind, children }) {
  return html`<p class="banner banner-${kind}">${children}</p>`;
}
