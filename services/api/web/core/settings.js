/** What this browser remembers of how somebody likes the page. */

import { computed, effect, signal } from "@preact/signals";

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

export const theme = lasting("theme", "auto", THEMES);

effect(() => {
  document.documentElement.style.colorScheme = theme.value === "auto" ? "light dark" : theme.value;
});

export const ENERGY_UNITS = /** @type {const} */ (["kWh", "MJ"]);
/** In what energy is told. */
export const energyUnit = lasting("energy", "kWh", ENERGY_UNITS);

export const VOLUME_UNITS = /** @type {const} */ (["m³", "ccf", "gal"]);
/** In what gas and water are told. */
export const volumeUnit = lasting("volume", "m³", VOLUME_UNITS);

/** Of this device, by its IANA name. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const ZONES = ["", ...Intl.supportedValuesOf("timeZone"), "UTC"];
/** Chosen for what is of no single meter; empty is this device's. */
export const chosenZone = lasting("zone", "", ZONES);
/** Zone of what is of no single meter. What is of a meter is in the meter's. */
export const zone = computed(() => chosenZone.value || HERE);

/** Whether the page hangs on a wall: nothing but what is to be seen from afar. */
export const kiosk = new URLSearchParams(location.search).has("kiosk");
