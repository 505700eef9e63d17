/** What a view needs of the API: asked for when it is shown, again now and then, and kept. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "./api.js";
import { topic } from "./stream.js";

/**
 * @typedef {object} Resource
 * @property {any} data the last that came, however old; null before that
 * @property {import("./api.js").Problem | null} problem of the last attempt
 * @property {boolean} loading nothing came yet, neither data nor a problem
 * @property {number | null} at epoch ms, by this device's clock: when `data` came
 * @property {() => void} again ask at once
 */

/** What comes at once is asked for once. */
const SOON_MS = 200;
const PATIENCE_MS = 1_000;
const MOST_PATIENCE_MS = 30_000;

/**
 * Ask for a path, and again each `every` ms; null asks for nothing. What is known stays while
 * something else of the same view is asked for only if the path stays.
 * @param {string | null} path
 * @param {{every?: number, live?: string, when?: unknown}} [how] `every` in ms; `live`: a topic of
 *   the stream, asked again when something of it comes; `when`: and whenever that is another value
 * @returns {import("@preact/signals").Signal<Resource>}
 */
export function useResource(path, { every = 0, live, when } = {}) {
  const heard = live === undefined ? undefined : topic(live).value;
  const found = useSignal(/** @type {Resource} */ (nothing()));

  useEffect(() => {
    if (found.peek().path !== path) found.value = nothing(path);
    if (path === null) return undefined;
    const stop = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let patience = PATIENCE_MS;
    const ask = async () => {
      clearTimeout(timer);
      let answer;
      try {
        answer = await get(path, { signal: stop.signal });
      } catch {
        return;
      }
      if (stop.signal.aborted) return;
      const { data, problem } = answer;
      const before = found.peek();
      found.value =
        problem === null
          ? { path, data, problem, loading: false, at: Date.now(), again: ask }
          : { ...before, problem, loading: false, again: ask };
      const passing = problem !== null && (problem.status === 0 || problem.status >= 500);
      patience = passing ? Math.min(2 * patience, MOST_PATIENCE_MS) : PATIENCE_MS;
      const next = passing ? patience : every;
      if (next > 0) timer = setTimeout(ask, next);
    };
    ask();
    const seen = () => document.visibilityState === "visible" && every > 0 && ask();
    document.addEventListener("visibilitychange", seen);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, every, when]);
  useEffect(() => {
    if (heard === undefined || heard === null) return undefined;
    const timer = setTimeout(() => found.peek().again(), SOON_MS);
    return () => clearTimeout(timer);
  }, [heard]);
  return found;
}

/** @param {string | null} path @returns {Resource & {path: string | null}} */
function nothing(path = null) {
  return { path, data: null, problem: null, loading: path !== null, at: null, again: () => {} };
}
