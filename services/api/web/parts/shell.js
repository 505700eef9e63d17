/** What stands around every view: header, navigation, banner. */

import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { address } from "../core/router.js";
import { customer, may, session } from "../core/session.js";
import { kiosk } from "../core/settings.js";
import { onShortcut } from "../core/shortcuts.js";
import { Banner, StreamClock } from "./banner.js";
import { Help } from "./help.js";
import { Icon } from "./icons.js";
import { Search } from "./search.js";

const UTILITY = () => may("read:areas") && customer.value === null;

/** What leads where, for whom, and by which key after `g`; `short` is what a phone has room for. */
/** @type {readonly {to: string, label: string, key: string, icon: any, shown: () => boolean, short?: string}[]} */
const LINKS = ([
  { to: "/", label: "Control room", key: "m", icon: "map", shown: UTILITY },
  { to: "/alerts", label: "Alerts", key: "a", icon: "alert", shown: () => may("read:alerts") },
  { to: "/notifications", label: "Notifications", key: "n", icon: "told", shown: () => may("read:system") && may("read:alerts") },
  { to: "/top", label: "Top", key: "t", icon: "top", shown: () => UTILITY() && may("read:live") },
  { to: "/states", label: "Regions", key: "s", icon: "region", shown: UTILITY },
  { to: "/meters", label: "Meters", key: "e", icon: "meter", shown: () => may("read:live") },
  { to: "/bills", label: "Bills", key: "b", icon: "bill", shown: () => may("read:bills") },
  { to: "/settlement", label: "Settlement", short: "Settle", key: "r", icon: "settlement", shown: () => may("read:settlement") },
  { to: "/system", label: "System", key: "y", icon: "system", shown: () => may("read:system") },
  { to: "/account", label: "Account", key: "c", icon: "account", shown: () => true },
]);

/** @param {{children?: unknown}} props */
export function Shell({ children }) {
  const [hasHelp, setHelp] = useState(false);
  const [hasSearch, setSearch] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const links = LINKS.filter(({ shown }) => shown());
  const search = () => {
    setSearch(true);
    // On a phone there is no field before.
    setTimeout(() => field.current?.focus());
  };
  useEffect(
    () => onShortcut({ links: () => LINKS.filter(({ shown }) => shown()), help: () => setHelp(true), search }),
    [],
  );
  if (kiosk) {
    return html`<div class="shell is-kiosk">
      <header class="head"><${StreamClock} /></header>
      <main id="main" class="main" tabindex="-1"><${Banner} />${children}</main>
    </div>`;
  }
  return html`<div class="shell">
    <a class="skip" href="#main">To the content</a>
    <header class="head">
      <a class="brand" href="/"><${Mark} />WattStream <span class="muted">${session.value?.namespace}</span></a>
      <${StreamClock} />
      ${may("read:live") &&
      html`<${Search} isOpen=${hasSearch} field=${field} />
        <button type="button" class="plain only-phone" aria-label="Search" aria-expanded=${hasSearch}
          onClick=${() => (hasSearch ? setSearch(false) : search())}><${Icon} name="search" /></button>`}
      <button type="button" class="plain" aria-label="Help and keys" onClick=${() => setHelp(true)}><${Icon} name="help" /></button>
    </header>
    <nav class="nav" aria-label="Views">
      <ul>
        ${links.map(
          ({ to, label, icon, short = label.split(" ")[0] }) => html`<li key=${to}>
            <a href=${to} aria-current=${isAt(address.value.path, to) ? "page" : undefined}>
              <${Icon} name=${icon} /><span class="name">${short}<span class="long">${label.slice(short.length)}</span></span>${to === "/alerts" && html`<${OpenAlerts} />`}
            </a>
          </li>`,
        )}
      </ul>
    </nav>
    <main id="main" class="main" tabindex="-1"><${Banner} />${children}</main>
    ${hasHelp && html`<${Help} links=${links} onClose=${() => setHelp(false)} />`}
  </div>`;
}

const MOST_ALERTS = 99;

/** How many alerts nobody looks after. */
function OpenAlerts() {
  const { data } = useResource(`/v1/alerts?life=open&limit=${MOST_ALERTS}`, { every: 30_000, live: "alerts" }).value;
  const many = data?.items.length ?? 0;
  if (many === 0) return null;
  return html` <span class="many">${data.next === null ? many : `${many}+`}<span class="unseen"> open</span></span>`;
}

/**
 * @param {string} path
 * @param {string} to
 */
function isAt(path, to) {
  return to === "/" ? path === "/" || path.startsWith("/areas/") : path === to || path.startsWith(`${to}/`);
}

function Mark() {
  return html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="mark-ground" width="32" height="32" rx="7" />
    <path class="mark-flash" d="M18 4 8 18h7l-2 10 11-15h-7z" />
  </svg>`;
}
