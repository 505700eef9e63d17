/** Who is signed in, and what that person may see. */

import { computed, signal } from "@preact/signals";
import { forget, get, post, signedOut } from "./api.js";
import { forget as forgetClock, miss } from "./clock.js";
import { listen, silence } from "./stream.js";

/**
 * @typedef {object} Session
 * @property {string} namespace
 * @property {string} name
 * @property {"operator" | "customer" | "service"} role
 * @property {string | null} customer
 * @property {string[]} scopes
 * @property {string | null} expires_at
 */

/** Undefined until it is known. @type {import("@preact/signals").Signal<Session | null | undefined>} */
export const session = signal(/** @type {Session | null | undefined} */ (undefined));

export const customer = computed(() => session.value?.customer ?? null);

/** @param {string} scope */
export function may(scope) {
  const who = session.value;
  if (who === null || who === undefined) return false;
  const live = scope === "read:areas" && who.customer === null && who.scopes.includes("read:live");
  return live || who.scopes.includes(scope);
}

/** Find out who is signed in; the problem if that cannot be known. */
export async function whoIsThere() {
  const { data, problem } = await get("/v1/session");
  if (problem === null) begin(data);
  else if (problem.status === 401) end();
  // Who may see what is in Redis alone.
  else if (problem.status === 503) miss({ store: "Redis", since: Date.now() });
  return problem !== null && problem.status !== 401 ? problem : null;
}

/**
 * Sign in by a token, or by a code that does so once.
 * @param {string} text
 * @returns {Promise<import("./api.js").Problem | null>} why not
 */
export async function signIn(text) {
  const { data, problem } = await post("/v1/session", { token: text.trim() });
  if (problem === null) begin(data);
  return problem;
}

/** @returns {Promise<import("./api.js").Problem | null>} why not */
export async function signOut() {
  const { problem } = await post("/v1/session", undefined, { method: "DELETE" });
  if (problem === null || problem.status === 401) end();
  return problem !== null && problem.status !== 401 ? problem : null;
}

/** @param {Session} who */
function begin(who) {
  forget();
  signedOut.value = false;
  session.value = who;
  listen(may("read:alerts") ? "alerts" : "fleet");
}

function end() {
  forget();
  silence();
  forgetClock();
  session.value = null;
}

signedOut.subscribe((out) => {
  if (out && session.peek()) end();
});
