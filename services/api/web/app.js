/** The page: which view an address has, and what is around all of them. */

import { render } from "preact";
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { html } from "./core/html.js";
import { Link, address, match, navigate } from "./core/router.js";
import { customer, may, session, whoIsThere } from "./core/session.js";
import { kiosk } from "./core/settings.js";
import { onShortcut } from "./core/shortcuts.js";
import { Banner, StreamClock } from "./parts/banner.js";
import { Help, helpOpen } from "./parts/help.js";
import { Skeleton } from "./parts/problem.js";
import { Search } from "./parts/search.js";
import * as account from "./views/account.js";
import * as notFound from "./views/not_found.js";
import * as signIn from "./views/sign_in.js";
import * as system from "./views/system.js";

/**
 * @typedef {object} View
 * @property {(props: {params: Record<string, string>, query: URLSearchParams}) => unknown} default
 * @property {string | ((params: Record<string, string>) => string)} title
 */

/** @type {[string, View][]} */
const VIEWS = [
  ["/sign-in", signIn],
  ["/account", account],
  ["/system", system],
];

/** What leads where, for whom, and by which key after `g`. */
const LINKS = [
  { to: "/", label: "Control room", key: "m", shown: () => may("read:areas") && customer.value === null },
  { to: "/alerts", label: "Alerts", key: "a", shown: () => may("read:alerts") },
  { to: "/top", label: "Top", key: "t", shown: () => may("read:areas") && may("read:live") && customer.value === null },
  { to: "/states", label: "Regions", key: "s", shown: () => may("read:areas") && customer.value === null },
  { to: "/meters", label: "Meters", key: "e", shown: () => may("read:live") },
  { to: "/system", label: "System", key: "y", shown: () => may("read:system") },
  { to: "/account", label: "Account", key: "c", shown: () => true },
];

onShortcut(
  () => LINKS.filter((link) => link.shown()).map(({ to, key }) => ({ key, to })),
  () => (helpOpen.value = true),
);

function Page() {
  const who = session.value;
  const { path, query } = address.value;
  useEffect(() => {
    let timer = 0;
    const ask = async () => {
      // What could not be asked is asked again: the server may only just begin.
      if ((await whoIsThere()) !== null) timer = setTimeout(ask, 2_000);
    };
    ask();
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (who === null && path !== "/sign-in") {
      navigate(`/sign-in?to=${encodeURIComponent(path + location.search)}`, { replace: true });
    }
    if (who && path === "/" && who.customer !== null) navigate("/meters", { replace: true });
  }, [who, path]);
  if (who === undefined) {
    return html`<main class="main"><${Banner} /><${Skeleton} lines=${8} label="WattStream" /></main>`;
  }
  const signedIn = who !== null;
  const framed = signedIn && !kiosk;
  return html`
    ${framed && html`<a class="skip" href="#main">Skip to content</a>`}
    ${framed && html`<${Header} path=${path} />`}
    ${signedIn && html`<${Banner} />`}
    <main id="main" class="main" tabindex="-1"><${Shown} key=${path} path=${path} query=${query} /></main>
    ${framed && html`<${Nav} path=${path} name="Views" place="bottom" />`}
    ${framed && html`<${Help} links=${LINKS.filter((link) => link.shown())} />`}
  `;
}

/** @param {{path: string}} props */
function Header({ path }) {
  return html`<header class="header">
    <${Link} to="/" class="brand"><img src=${new URL("icon.svg", import.meta.url).pathname} alt="" width="24" height="24" /> WattStream</${Link}>
    <${Nav} path=${path} name="Views" place="top" />
    <${StreamClock} />
    ${may("read:live") && html`<${Search} />`}
    <button type="button" class="help-button" aria-label="Help and keys" onClick=${() => (helpOpen.value = true)}>?</button>
  </header>`;
}

/** @param {{path: string, name: string, place: "top" | "bottom"}} props */
function Nav({ path, name, place }) {
  return html`<nav class="nav nav-${place}" aria-label=${place === "top" ? name : `${name}, at the bottom`}>
    <ul>${LINKS.filter((link) => link.shown()).map(({ to, label }) => {
      const here = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
      return html`<li key=${to}><${Link} to=${to} aria-current=${here ? "page" : undefined}>${label}</${Link}></li>`;
    })}</ul>
  </nav>`;
}

/** @param {{path: string, query: URLSearchParams}} props */
function Shown({ path, query }) {
  const [error, reset] = useErrorBoundary();
  const first = useRef(true);
  const [view, params] = viewOf(path);
  useEffect(() => {
    const title = typeof view.title === "function" ? view.title(params) : view.title;
    document.title = `${title} · WattStream`;
    // Whoever hears the page is told that another view is shown.
    if (!first.current) document.getElementById("main")?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  if (error) {
    console.error(error);
    return html`<h1>This view is broken</h1><p>The others are not. <button type="button" onClick=${reset}>Show it again</button></p>`;
  }
  return html`<${view.default} params=${params} query=${query} />`;
}

/** @param {string} path @returns {[View, Record<string, string>]} */
function viewOf(path) {
  for (const [pattern, view] of VIEWS) {
    const params = match(pattern, path);
    if (params !== null) return [view, params];
  }
  return [notFound, {}];
}

render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById("page")));
