/** Addresses and views: which one is shown, and how to go to another without loading the page. */

import { signal } from "@preact/signals";
import { html } from "./html.js";

/**
 * @typedef {object} Address
 * @property {string} path
 * @property {Record<string, string>} params of the view's pattern, as `/meters/:id` has `id`
 * @property {URLSearchParams} query
 */

/** @type {string[]} */
let patterns = [];

/** Where the page is. @type {import("@preact/signals").Signal<Address>} */
export const address = signal(here());

/**
 * Begin to follow addresses: "back", links, and `navigate`.
 * @param {string[]} known patterns of views
 */
export function begin(known) {
  patterns = known;
  address.value = here();
  addEventListener("popstate", () => {
    address.value = here();
  });
  document.addEventListener("click", follow);
}

/**
 * Go to another address of the page.
 * @param {string} to path and query
 * @param {{replace?: boolean}} [how] replace: "back" leads to where one was before this one
 */
export function navigate(to, { replace = false } = {}) {
  const before = address.value.path;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  address.value = here();
  if (address.value.path !== before) scrollTo(0, 0);
}

/**
 * An address, with those parts of the query that have a value.
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 */
export function link(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}

/**
 * A link within the page; any other anchor to one of its addresses does the same.
 * @param {{to: string, children?: unknown, [more: string]: unknown}} props
 */
export function Link({ to, children, ...more }) {
  return html`<a href=${to} ...${more}>${children}</a>`;
}

/**
 * The pattern that an address is of; null if it is of none.
 * @param {string} path
 */
export function patternOf(path) {
  return patterns.find((each) => match(each, path) !== null) ?? null;
}

/**
 * The parameters of a path by a pattern such as `/meters/:id`; null if it is none of it.
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.replace(/(.)\/$/, "$1").split("/");
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(given[at]);
      } catch {
        return null;
      }
    } else if (part !== given[at]) return null;
  }
  return params;
}

/** @returns {Address} */
function here() {
  const path = location.pathname;
  const pattern = patternOf(path);
  return {
    path,
    params: (pattern !== null && match(pattern, path)) || {},
    query: new URLSearchParams(location.search),
  };
}

/**
 * Show the view of a link that is clicked, without loading the page; a click with a modifier does
 * what it does everywhere.
 * @param {MouseEvent} event
 */
function follow(event) {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const found = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(found instanceof HTMLAnchorElement) || found.target || found.hasAttribute("download")) return;
  if (found.origin !== location.origin || found.getAttribute("href")?.startsWith("#")) return;
  if (patternOf(found.pathname) === null) return;
  event.preventDefault();
  navigate(found.pathname + found.search);
}
