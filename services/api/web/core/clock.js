/**
 * The two clocks: how far the stream of readings is, and how long that has stood still on the wall;
 * and whether the API is there at all.
 */

import { computed, signal } from "@preact/signals";

/**
 * @typedef {object} Told as the API says it
 * @property {string | null} stream_time
 * @property {string | null} moved_at
 * @property {number | null} standing_ms
 * @property {string} server_time
 * @property {"empty" | "current" | "delayed" | "stale"} state
 */

/**
 * @typedef {object} Clock
 * @property {string | null} stream_time RFC 3339: how far the readings are
 * @property {string | null} moved_at since when on the wall they stand there
 * @property {number | null} standing_ms for how long
 * @property {"unknown" | "empty" | "current" | "delayed" | "stale" | "disconnected"} state
 *   unknown: nothing was heard yet, or not since nobody listened
 * @property {number | null} since epoch ms on the wall: when what is the matter began
 */

const TICK_MS = 1_000;
/** Values that cannot be read are late at first, and stand still after so long. */
const STALE_MS = 60_000;

const told = signal(/** @type {Told | null} */ (null));
const lostAt = signal(/** @type {number | null} */ (null));

/**
 * Which store the API cannot read live values from, and since when, epoch ms by this device; null
 * while it can.
 */
export const away = signal(/** @type {{store: string, since: number} | null} */ (null));

const asleep = signal(false);
const offset = signal(0);
const tick = signal(Date.now());

/** The wall clock of the server, epoch ms, each second. */
export const serverNow = computed(() => tick.value + offset.value);

/** For how long live values cannot be read, ms; null while they can. */
export const awayFor = computed(() => (away.value === null ? null : Math.max(0, tick.value - away.value.since)));

/** Since when on the wall they cannot, epoch ms. */
export const awaySince = computed(() => (away.value === null ? null : away.value.since + offset.value));

/** @type {import("@preact/signals").ReadonlySignal<Clock>} */
export const clock = computed(() => {
  const { stream_time = null, moved_at = null, state = "unknown" } = told.value ?? {};
  const movedMs = moved_at === null ? null : Date.parse(moved_at);
  const standing = movedMs === null ? null : Math.max(0, serverNow.value - movedMs);
  const lost = lostAt.value;
  return {
    stream_time,
    moved_at,
    standing_ms: standing,
    state: lost !== null ? "disconnected" : asleep.value ? "unknown" : judged(state),
    since: lost ?? movedMs,
  };
});

/**
 * What a state is that nobody could look at since.
 * @param {Clock["state"]} said
 * @returns {Clock["state"]}
 */
function judged(said) {
  if (awayFor.value === null || (said !== "current" && said !== "delayed")) return said;
  return awayFor.value > STALE_MS ? "stale" : "delayed";
}

/** Of the clock. */
export const state = computed(() => clock.value.state);

/** How far the readings are, epoch ms; null before the first. */
export const streamTime = computed(() => {
  const { stream_time } = told.value ?? {};
  return stream_time ? Date.parse(stream_time) : null;
});

/** Since when on the wall they stand there, epoch ms; null if nobody saw it. */
export const movedAt = computed(() => {
  const { moved_at } = told.value ?? {};
  return moved_at ? Date.parse(moved_at) : null;
});

/** Since when on the wall the API cannot be reached, epoch ms. */
export const lostSince = computed(() => lostAt.value);

/** Whether what is shown is of now: `stale` and `disconnected` values, and such as cannot be read, are the last that are known. */
export const isNow = computed(() => away.value === null && (state.value === "current" || state.value === "delayed"));

/**
 * Take what an answer or the stream says, unless something newer was said before.
 * @param {Told} said
 */
export function see(said) {
  if (document.visibilityState === "visible") asleep.value = false;
  const at = Date.parse(said.server_time);
  const before = told.peek();
  if (before !== null && Date.parse(before.server_time) > at) return;
  offset.value = at - Date.now();
  told.value = said;
}

/** What was told last; null before that. */
export function lastTold() {
  return told.peek();
}

/**
 * Take that the API cannot be reached.
 * @param {number} since epoch ms, by this device: when it was heard of last
 */
export function lose(since) {
  if (lostAt.peek() === null) lostAt.value = since + offset.peek();
}

/** Take that nobody listens any more: what was told is of then, until somebody who looks is told again. */
export function doze() {
  asleep.value = true;
  lostAt.value = null;
}

/** Take that the API answers. */
export function reach() {
  lostAt.value = null;
}

/**
 * Take that a store does not answer, or does again.
 * @param {{store: string, since: number} | null} what
 */
export function miss(what) {
  if (what === null || away.peek() === null) away.value = what;
}

/** Forget what was told to whoever was signed in. */
export function forget() {
  asleep.value = false;
  told.value = null;
  away.value = null;
}

/** Let the clocks go. */
export function begin() {
  setInterval(() => {
    tick.value = Date.now();
  }, TICK_MS);
}
