// One of a few, as buttons of which one is pressed.

import { html } from "../core/html.js";

/**
 * @param {object} props
 * @param {string} props.name What is chosen.
 * @param {[string, string][]} props.options Values with their words.
 * @param {string} props.value
 * @param {(value: string) => void} props.onChoose
 */
export function Choice({ name, options, value, onChoose }) {
  return html`<div class="choices" role="group" aria-label=${name}>
    ${options.map(
      ([each, words]) => html`<button
        type="button"
        key=${each}
        aria-pressed=${each === value}
        onClick=${() => onChoose(each)}
      >
        ${words}
      </button>`,
    )}
  </div>`;
}
