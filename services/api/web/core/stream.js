/**
 * Live topics, by one stream a browser: of all tabs that are looked at one has it, whoever holds the
 * lock, and tells the others.
 */

import { Signal, signal } from "@preact/signals";
import { signedOut } from "./api.js";
import { away, doze, lastTold, lose, miss, reach, see } from "./clock.js";
import { Source } from "./source.js";
import { merged } from "./topics.js";

const LOCK = "wattstream-stream";
const CHANNEL = "wattstream-stream";
/** A tab that nobody looks at for so long lets go of the stream. */
const HIDDEN_MS = 30_000;
/** Tabs say so often what they want, and are forgotten when they do so no more. */
const SAY_EACH_MS = 20_000;
const FORGET_MS = 90_000;

/** How live values come: by the stream, by asking each few seconds, or not at all. */
export const mode = signal(/** @type {"stream" | "reduced" | "none"} */ ("none"));

const me = crypto.randomUUID();
/** @type {Map<string, Signal<any>>} */
const known = new Map();
/** How many of this tab's views want each topic. @type {Map<string, number>} */
const wanted = new Map();
/** What other tabs want, and when they said so. @type {Map<string, {topics: string[], at: number}>} */
const others = new Map();

/** @type {BroadcastChannel | null} */
let channel = null;
/** As the tab that has the stream. @type {Source | null} */
let source = null;
/** @type {AbortController | null} */
let part = null;
let listening = false;
let base = "alerts";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let hiding;

/**
 * The latest of a topic, such as `fleet`, `areas:electricity@4`, `top:gas` or `meter:ID`; of
 * `alerts` a number that grows whenever something became of them. Null before the first. Whoever
 * reads its `value` in a component wants it as long as that is shown.
 * @param {string} name
 * @returns {import("@preact/signals").ReadonlySignal<any>}
 */
export function topic(name) {
  let found = known.get(name);
  if (found === undefined) {
    let unwant = () => {};
    found = new Signal(/** @type {any} */ (null), {
      watched: () => {
        unwant = want(name);
      },
      unwatched: () => unwant(),
    });
    known.set(name, found);
  }
  return found;
}

/**
 * Want a topic until that is ended.
 * @param {string} name
 * @returns {() => void} ends it
 */
export function want(name) {
  wanted.set(name, (wanted.get(name) ?? 0) + 1);
  changed();
  return () => {
    const left = (wanted.get(name) ?? 1) - 1;
    if (left > 0) wanted.set(name, left);
    else wanted.delete(name);
    changed();
  };
}

/**
 * Begin to listen, as somebody who is signed in.
 * @param {string} least topic that there is a stream of even if no view wants any
 */
export function listen(least) {
  if (listening) return;
  listening = true;
  base = least;
  document.addEventListener("visibilitychange", onVisibility);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", onVisibility);
  onVisibility();
}

/** Listen no more, and forget what was heard. */
export function silence() {
  listening = false;
  document.removeEventListener("visibilitychange", onVisibility);
  removeEventListener("pagehide", leave);
  removeEventListener("pageshow", onVisibility);
  leave();
  for (const each of known.values()) each.value = null;
  mode.value = "none";
}

function onVisibility() {
  clearTimeout(hiding);
  if (document.visibilityState === "visible") join();
  else hiding = setTimeout(leave, HIDDEN_MS);
}

/** Have the stream, or be told by whoever has it. */
function join() {
  if (!listening || part !== null) return;
  const stop = new AbortController();
  part = stop;
  channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }) => hear(data));
  const saying = setInterval(say, SAY_EACH_MS);
  stop.signal.addEventListener("abort", () => clearInterval(saying));
  lead(stop.signal);
  say();
}

/** @param {AbortSignal} stop */
function lead(stop) {
  if (!("locks" in navigator)) {
    begin();
    return;
  }
  navigator.locks
    .request(LOCK, { signal: stop }, async () => {
      if (stop.aborted) return;
      begin();
      await new Promise((resolve) => stop.addEventListener("abort", resolve));
    })
    .catch(() => {});
}

function begin() {
  source = new Source(union, base, tell);
  channel?.postMessage({ leads: me });
}

function leave() {
  clearTimeout(hiding);
  doze();
  channel?.postMessage({ from: me, topics: [] });
  source?.close();
  source = null;
  others.clear();
  part?.abort();
  part = null;
  channel?.close();
  channel = null;
}

function changed() {
  source?.changed();
  if (source === null) say();
}

/** Tell whoever has the stream what this tab wants. */
function say() {
  channel?.postMessage({ from: me, topics: [...wanted.keys()], here: true });
}

/** All topics that some tab wants. */
function union() {
  const now = Date.now();
  for (const [tab, { at }] of others) if (now - at > FORGET_MS) others.delete(tab);
  return new Set([...wanted.keys(), ...[...others.values()].flatMap(({ topics }) => topics)]);
}

/**
 * Take what another tab says.
 * @param {any} said
 */
function hear(said) {
  if ("leads" in said) say();
  else if (!("from" in said)) take(said);
  else if (source !== null) {
    const before = others.get(said.from)?.topics ?? [];
    if (said.here) others.set(said.from, { topics: said.topics, at: Date.now() });
    else others.delete(said.from);
    const fresh = said.topics.filter((/** @type {string} */ each) => !before.includes(each));
    if (said.here && (before.length === 0 || fresh.length > 0)) repeat(said.topics);
    source.changed();
  }
}

/**
 * Tell a tab that came later what there is.
 * @param {string[]} topics
 */
function repeat(topics) {
  channel?.postMessage({ mode: mode.peek(), away: away.peek(), clock: lastTold() });
  for (const name of topics) {
    const frame = known.get(name)?.peek() ?? null;
    if (frame !== null && name !== "alerts") channel?.postMessage({ topic: name, frame });
  }
}

/** @param {import("./source.js").News} news */
function tell(news) {
  take(news);
  channel?.postMessage(news);
}

/** @param {import("./source.js").News} news */
function take(news) {
  if (news.mode !== undefined) mode.value = news.mode;
  if (news.lost === null) reach();
  else if (news.lost !== undefined) lose(news.lost);
  if (news.away !== undefined) miss(news.away);
  if (news.clock) see(news.clock);
  if (news.topic !== undefined) {
    const found = /** @type {Signal<any>} */ (topic(news.topic));
    found.value = merged(found.peek(), news.frame);
  }
  if (news.alerts) {
    const found = /** @type {Signal<any>} */ (topic("alerts"));
    found.value = (found.peek() ?? 0) + 1;
  }
  if (news.out) signedOut.value = true;
}
