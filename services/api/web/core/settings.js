/** What this browser remembers of how somebody likes the page. */

import { effect, signal } from "@preact/signals";

/**
 * A choice that lasts.
 * @template {string} T
 * @param {string} name
 * @param {T} usual
 * @param {readonly T[]} choices
 */
function lasting(name, usual, choices) {
  const key = `wattstream.${name}`;
  let before = null;
  try {
    before = localStorage.getItem(key);
  } catch {
    // A browser that keeps nothing shows the usual.
  }
  const found = signal(choices.find((each) => each === before) ?? usual);
  effect(() => {
    try {
      localStorage.setItem(key, found.value);
    } catch {
      // As above.
    }
  });
  return found;
}

export const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/** @type {import("@preact/signals").Signal<"auto" | "light" | "dark">} */
export const theme = lasting("theme", "auto", THEMES);

effect(() => {
  document.documentElement.style.colorScheme = theme.value === "auto" ? "light dark" : theme.value;
});

/** Whether the page hangs on a wall: nothing but what is to be seen from afar. */
export const kiosk = new URLSearchParams(location.search).has("kiosk");
