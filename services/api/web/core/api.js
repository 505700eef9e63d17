/** Asking the API: JSON and problems; who is signed in no more is told so once. */

import { signal } from "@preact/signals";
import { lose, reach, see } from "./clock.js";

/**
 * @typedef {object} Problem as RFC 9457 has it
 * @property {string} type
 * @property {string} title
 * @property {number} status 0: the API did not answer
 * @property {string} [detail]
 * @property {{pointer: string, detail: string}[]} [errors]
 */

/**
 * @typedef {object} Answer
 * @property {any} data null where there is a problem
 * @property {Problem | null} problem
 * @property {import("./clock.js").Told | null} clock of what is live
 * @property {Headers} headers
 */

/** Whether the last answer said that nobody is signed in. */
export const signedOut = signal(false);

/** @type {Map<string, {tag: string, data: any}>} by address; the newest last */
const seen = new Map();
const MOST_SEEN = 50;

/** @type {Problem} */
const UNREACHABLE = {
  type: "/problems/unreachable",
  title: "WattStream cannot be reached",
  status: 0,
  detail: "The page tries again by itself.",
};

/**
 * Ask for something.
 * @param {string} path with its query
 * @param {{signal?: AbortSignal}} [how]
 * @returns {Promise<Answer>}
 */
export async function get(path, { signal: stop } = {}) {
  const before = seen.get(path);
  /** @type {Record<string, string>} */
  const headers = before === undefined ? {} : { "If-None-Match": before.tag };
  const answer = await ask(path, { headers, signal: stop });
  if (answer.status === 304 && before !== undefined) {
    return { ...answer, data: before.data, clock: before.data?.clock ?? null };
  }
  const tag = answer.headers.get("ETag");
  if (tag !== null && answer.problem === null) {
    seen.delete(path);
    seen.set(path, { tag, data: answer.data });
    if (seen.size > MOST_SEEN) seen.delete(/** @type {string} */ (seen.keys().next().value));
  }
  return answer;
}

/**
 * Change something.
 * @param {string} path
 * @param {unknown} [body] of JSON
 * @param {{method?: string, headers?: Record<string, string>}} [how]
 * @returns {Promise<Answer>}
 */
export function post(path, body, { method = "POST", headers = {} } = {}) {
  const said = body === undefined ? undefined : JSON.stringify(body);
  const kind = said === undefined ? {} : { "Content-Type": "application/json" };
  return ask(path, { method, headers: { "X-WattStream": "1", ...kind, ...headers }, body: said });
}

/** Forget what was answered to whoever was signed in. */
export function forget() {
  seen.clear();
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Answer & {status: number}>}
 */
async function ask(path, init) {
  let response;
  try {
    // The tags are the page's own: a browser that answers from what it keeps hides the 304.
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    lose(Date.now());
    return { data: null, problem: UNREACHABLE, clock: null, headers: new Headers(), status: 0 };
  }
  reach();
  const { status, headers } = response;
  const text = await response.text().catch(() => "");
  const json = (headers.get("Content-Type") ?? "").includes("json");
  if (response.ok || status === 304) {
    const data = json && text !== "" ? JSON.parse(text) : text;
    if (data?.clock) see(data.clock);
    return { data, problem: null, clock: data?.clock ?? null, headers, status };
  }
  if (status === 401 && path !== "/v1/session") signedOut.value = true;
  const title = `WattStream answered ${status}`;
  const problem = json ? JSON.parse(text) : { type: "about:blank", title, status };
  return { data: null, problem, clock: null, headers, status };
}
