/** Signing in by a token, or by an address with a code that does so once. */

import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../core/api.js";
import { html } from "../core/html.js";
import { navigate } from "../core/router.js";
import { session, signIn } from "../core/session.js";
import { ProblemNote } from "../parts/problem.js";

export const title = "Sign in";

/** @type {Record<string, string>} why one who comes back from a provider is not let in */
const REFUSED = {
  denied: "You were not let in there. Try again, or ask whoever runs it.",
  expired: "That took too long, or began in another browser. Try again.",
  "not-believed": "What it says could not be believed. Try again; whoever runs WattStream finds why in the API's log.",
  "no-role": "You are known there, but not as somebody who may sign in here. Ask whoever runs WattStream.",
  away: "It does not answer. Try again in a while, or sign in by a token.",
};

/** @param {{query: URLSearchParams}} props */
export default function SignIn({ query }) {
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const [provider, setProvider] = useState(/** @type {string | null} */ (null));
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {string} credential */
  const go = async (credential) => {
    setBusy(true);
    const found = await signIn(credential);
    setBusy(false);
    setProblem(found);
    if (found === null) navigate(ownAddress(query.get("to")), { replace: true });
    else field.current?.focus();
  };
  useEffect(() => {
    const { code, refused: why } = takeFragment();
    setRefused(why);
    get("/v1/session/ways").then(({ data }) => setProvider(data?.provider ?? null));
    if (code !== null) go(code);
    else if (session.peek()) navigate(ownAddress(query.get("to")), { replace: true });
  }, []);
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text !== "") go(text);
  };
  const isWrong = problem?.status === 401 || problem?.status === 422;
  return html`<form class="sign-in card" onSubmit=${onSubmit}>
    <h1>Sign in</h1>
    ${refused !== null && html`<p class="note note-bad" role="alert">${REFUSED[refused] ?? REFUSED["not-believed"]}</p>`}
    ${provider !== null &&
    html`<a class="provider" href=${`/v1/session/oidc?${new URLSearchParams({ to: ownAddress(query.get("to")) })}`}
      >Sign in with ${provider}</a
    >`}
    <label for="token">Token or sign-in code</label>
    <input id="token" ref=${field} type="password" autocomplete="off" spellcheck=${false} maxlength="200" required
      aria-describedby="token-help" aria-invalid=${isWrong} />
    ${isWrong && html`<p class="note note-bad" role="alert">That is not good any more, or never was: ask for another one.</p>`}
    ${problem !== null && !isWrong && html`<${ProblemNote} problem=${problem} />`}
    <button type="submit" class="primary" disabled=${isBusy}>${isBusy ? "Signing in …" : "Sign in"}</button>
    <p id="token-help" class="muted">
      Whoever runs WattStream makes one: <code>wattstream token sign-in NAME</code> prints a code for once,${" "}<code>wattstream token create NAME</code> a token that holds.
    </p>
  </form>`;
}

/** A code, or why there is none, in the fragment, which no server and no log is told; it does not stay there. */
function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const found = { code: fragment.get("code"), refused: fragment.get("refused") };
  if (found.code ?? found.refused) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

/**
 * Where one wanted to go: only within the page.
 * @param {string | null} wanted
 */
export function ownAddress(wanted) {
  if (wanted === null || !wanted.startsWith("/")) return "/";
  const url = new URL(wanted, location.origin);
  const isOwn = url.origin === location.origin && url.pathname !== "/sign-in";
  return isOwn ? url.pathname + url.search : "/";
}
