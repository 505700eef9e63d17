/** The page: which view is of which address, and what is around all of them. */

import { h, render } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { begin as beginClock } from "./core/clock.js";
import { home } from "./core/home.js";
import { html } from "./core/html.js";
import { address, begin as beginRouter, link, navigate, patternOf } from "./core/router.js";
import { customer, session, whoIsThere } from "./core/session.js";
import { Banner } from "./parts/banner.js";
import { Skeleton } from "./parts/problem.js";
import { Shell } from "./parts/shell.js";

/**
 * @typedef {object} View a module of `views`
 * @property {(props: {params: Record<string, string>, query: URLSearchParams}) => any} default
 * @property {string | ((params: Record<string, string>) => string)} title
 */

/** A view is loaded when it is first shown. */
/** @type {Record<string, () => Promise<any>>} */
const VIEWS = {
  "/": () => import("./views/control_room.js"),
  "/account": () => import("./views/account.js"),
  "/alerts": () => import("./views/alerts.js"),
  "/alerts/:id": () => import("./views/alert.js"),
  "/areas/:geohash": () => import("./views/area.js"),
  "/bills": () => import("./views/bills.js"),
  "/bills/:number": () => import("./views/bill.js"),
  "/meters": () => import("./views/meters.js"),
  "/meters/:id": () => import("./views/household.js"),
  "/notifications": () => import("./views/notifications.js"),
  "/settlement": () => import("./views/settlement.js"),
  "/sign-in": () => import("./views/sign_in.js"),
  "/states": () => import("./views/states.js"),
  "/system": () => import("./views/system.js"),
  "/top": () => import("./views/top.js"),
};
const NOT_FOUND = () => import("./views/not_found.js");
const SIGN_IN = "/sign-in";
const AGAIN_MS = 2_000;

function Page() {
  const who = session.value;
  const { path } = address.value;
  const isSignIn = path === SIGN_IN;
  // Whose meters are few sees those first.
  const isElsewhere = Boolean(who) && customer.value !== null && path === "/";
  useEffect(() => {
    if (who === null && !isSignIn) navigate(link(SIGN_IN, { to: path + location.search }), { replace: true });
  }, [who, isSignIn]);
  useEffect(() => {
    if (isElsewhere) home().then((to) => navigate(to, { replace: true }));
  }, [isElsewhere]);
  if (isSignIn) return html`<main id="main" class="alone"><${Shown} key=${path} /></main>`;
  if (who === undefined || isElsewhere) {
    return html`<main class="main"><${Banner} /><${Skeleton} lines=${8} label="WattStream" /></main>`;
  }
  if (who === null) return null;
  return html`<${Shell}><${Shown} key=${path} /><//>`;
}

/** The view of the address. */
function Shown() {
  const { path, params, query } = address.value;
  const [view, setView] = useState(/** @type {View | null | undefined} */ (undefined));
  const [error, reset] = useErrorBoundary();
  useEffect(() => {
    let isShown = true;
    const load = VIEWS[patternOf(path) ?? ""] ?? NOT_FOUND;
    load().then(
      (found) => isShown && setView(found),
      () => isShown && setView(null),
    );
    return () => {
      isShown = false;
    };
  }, []);
  useEffect(() => {
    if (!view) return;
    const title = typeof view.title === "function" ? view.title(params) : view.title;
    document.title = `${title} · WattStream`;
    // Whoever hears the page is told that another view is shown, but not who writes already.
    if (document.activeElement?.matches("input, textarea, select, dialog *")) return;
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [view]);
  if (error) {
    console.error(error);
    return html`<h1>This view is broken</h1>
      <p>The others are not. <button type="button" onClick=${reset}>Show it again</button></p>`;
  }
  if (view === undefined) return html`<${Skeleton} lines=${8} label="View" />`;
  if (view === null) {
    return html`<p class="note note-bad" role="alert">
      This view could not be loaded. <button type="button" onClick=${() => location.reload()}>Load the page again</button>
    </p>`;
  }
  return h(view.default, { params, query });
}

/** Find out who is signed in, as soon as the API answers. */
async function begin() {
  if ((await whoIsThere()) !== null) setTimeout(begin, AGAIN_MS);
}

beginClock();
beginRouter(Object.keys(VIEWS));
render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById("page")));
begin();
