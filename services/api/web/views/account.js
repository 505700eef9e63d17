/** Who is signed in, how a customer is told, how the page looks, and the tokens of the namespace. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";
import { dateTime, zoneName } from "../core/format.js";
import { may, session, signOut } from "../core/session.js";
import * as settings from "../core/settings.js";
import { ProblemNote } from "../parts/problem.js";
import { Told } from "./account/told.js";
import { Tokens } from "./account/tokens.js";

export const title = "Account";

const THEME_WORDS = { auto: "as this device", light: "light", dark: "dark" };
const VOLUME_WORDS = { "m³": "litres and m³", ccf: "ccf (hundred cubic feet)", gal: "US gallons" };

export default function Account() {
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  const who = session.value;
  if (!who) return null;
  const zone = settings.zone.value;
  return html`<h1>Account</h1>
    <section class="card">
      <h2>${who.name}</h2>
      <p>
        ${who.role} of <code>${who.namespace}</code>${who.customer !== null && html`, as customer <code>${who.customer}</code>`}.
        ${who.expires_at !== null && html` Signed in until ${dateTime(who.expires_at, zone)} (${zoneName(zone)}).`}
      </p>
      <p class="muted">May: ${who.scopes.join(", ")}</p>
      ${problem !== null && html`<${ProblemNote} problem=${problem} />`}
      <button type="button" onClick=${async () => setProblem(await signOut())}>Sign out</button>
    </section>
    ${who.customer !== null && may("write:choice") && html`<${Told} />`}
    <section class="card settings">
      <h2>This browser</h2>
      <${Choice} name="Colours" of=${settings.theme} choices=${settings.THEMES} words=${(/** @type {keyof typeof THEME_WORDS} */ each) => THEME_WORDS[each]} />
      <${Choice} name="Energy" of=${settings.energyUnit} choices=${settings.ENERGY_UNITS} words=${(/** @type {string} */ each) => each} />
      <${Choice} name="Gas and water" of=${settings.volumeUnit} choices=${settings.VOLUME_UNITS} words=${(/** @type {keyof typeof VOLUME_WORDS} */ each) => VOLUME_WORDS[each]} />
      <label>
        Times of what is of no single meter
        <select onChange=${(/** @type {Event} */ event) => (settings.chosenZone.value = /** @type {HTMLSelectElement} */ (event.target).value)}>
          ${settings.ZONES.map(
            (each) => html`<option key=${each} value=${each} selected=${each === settings.chosenZone.value}>
              ${each === "" ? `as this device (${settings.HERE})` : each}
            </option>`,
          )}
        </select>
      </label>
      <p class="muted">What is of a meter is in the meter's own zone.</p>
    </section>
    ${may("admin:tokens") && html`<${Tokens} />`}`;
}

/**
 * @template {string} T
 * @param {{name: string, of: import("@preact/signals").Signal<T>, choices: readonly T[], words: (choice: T) => string}} props
 */
function Choice({ name, of, choices, words }) {
  return html`<fieldset>
    <legend>${name}</legend>
    ${choices.map(
      (each) => html`<label key=${each} class="check">
        <input type="radio" name=${name} checked=${of.value === each} onChange=${() => (of.value = each)} /> ${words(each)}
      </label>`,
    )}
  </fieldset>`;
}
