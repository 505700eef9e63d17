/** What is to be said of all live values at once: that they are old, and why. */

import { html } from "../core/html.js";
import { lostSince, movedAt, serverNow, state, streamTime } from "../core/clock.js";
import { ago, clockTime, dateTime, zoneName } from "../core/format.js";
import { kiosk } from "../core/settings.js";
import { mode } from "../core/stream.js";

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The time of the readings, and how they come. Times on the wall are of this device's zone. */
export function StreamClock() {
  const at = streamTime.value;
  if (at === null) return null;
  const word = { current: "Live", delayed: "Delayed", stale: "Standing still", disconnected: "No connection", empty: "Empty", unknown: "" }[state.value];
  return html`<p class="stream-clock is-${state.value}">
    <strong>${word}</strong>
    <time datetime=${new Date(at).toISOString()} title="How far the readings are">${dateTime(at, "UTC")} UTC</time>
    ${mode.value === "reduced" && html`<span class="tag">reduced: asked for each 5 s</span>`}
  </p>`;
}

export function Banner() {
  const [kind, text] = words();
  return html`<div class="banner-frame" role="status" aria-live="polite">
    ${text !== null && html`<p class="banner banner-${kind}">${text}</p>`}
  </div>`;
}

/** @returns {[string, unknown]} */
function words() {
  switch (state.value) {
    case "disconnected":
      return [
        "bad",
        html`<strong>No connection since ${clockTime(lostSince.value, HERE)}</strong> (${zoneName(HERE)}). What is shown
          is of then. The page tries again by itself.`,
      ];
    case "stale":
      return ["bad", standing()];
    case "delayed":
      return kiosk ? ["warn", standing()] : ["warn", html`Values of ${dateTime(streamTime.value, "UTC")} UTC: new ones are late.`];
    case "empty":
      return [
        "warn",
        html`<strong>Nothing has arrived.</strong> Send readings, for example by <code>wattstream simulate</code>.`,
      ];
    default:
      return ["", null];
  }
}

function standing() {
  const since = movedAt.value;
  if (since === null) return html`<strong>Live values stand still.</strong> Nobody saw since when.`;
  // Only how long is told again each second, and it is not read out.
  return html`<strong>Live values stand still since ${clockTime(since, HERE)}</strong> (${zoneName(HERE)}<span aria-hidden="true">, ${ago(serverNow.value - since)}</span>).
    They are of ${dateTime(streamTime.value, "UTC")} UTC, and not of now. The page System says which part does not work.`;
}
