/** Signing in by a token, or by an address with a code that does so once. */

import { useEffect, useState } from "preact/hooks";
import { html } from "../core/html.js";
import { address, navigate } from "../core/router.js";
import { signIn } from "../core/session.js";
import { ProblemNote } from "../parts/problem.js";

export const title = "Sign in";

/** A code in the fragment, which no server and no log is told. */
function codeHere() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Where one wanted to go: only within the page. */
function onward() {
  const to = address.value.query.get("to") ?? "/";
  return to.startsWith("/") && !to.startsWith("//") ? to : "/";
}

export default function SignIn() {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  const [busy, setBusy] = useState(false);
  /** @param {string} credential */
  const go = async (credential) => {
    setBusy(true);
    const found = await signIn(credential);
    setBusy(false);
    setProblem(found);
    if (found === null) navigate(onward(), { replace: true });
  };
  useEffect(() => {
    const code = codeHere();
    if (code !== null) go(code);
  }, []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (text.trim() !== "") go(text);
  };
  const wrong = problem?.status === 401;
  return html`<form class="sign-in card" onSubmit=${submit}>
    <h1>Sign in</h1>
    <label for="token">Token or sign-in code</label>
    <input id="token" type="password" autocomplete="current-password" spellcheck=${false} value=${text}
      aria-describedby="token-help" aria-invalid=${wrong} onInput=${(/** @type {InputEvent} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value)} />
    <p id="token-help" class="muted">Whoever runs WattStream makes one: <code>wattstream token sign-in NAME</code> prints an address that signs in once.</p>
    ${wrong && html`<p class="note note-bad" role="alert">That is not good any more, or never was: ask for another one.</p>`}
    ${problem !== null && !wrong && html`<${ProblemNote} problem=${problem} />`}
    <button type="submit" class="primary" disabled=${busy}>${busy ? "Signing in …" : "Sign in"}</button>
  </form>`;
}
