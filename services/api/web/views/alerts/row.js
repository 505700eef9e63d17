// An alert in the list; unfolded, the homes that it hit.

import { html } from "../../core/html.js";
import { Link } from "../../core/router.js";
import { Severity, LIVES, homesOf, kindName, takeWord } from "../../parts/alert_words.js";
import { Ago, StreamTime } from "../../parts/times.js";
import { Homes } from "./homes.js";

/**
 * @param {object} props
 * @param {any} props.alert
 * @param {boolean} props.takes Whether who looks may acknowledge.
 * @param {boolean} props.selected
 * @param {boolean} props.unfolded
 * @param {boolean} props.current Whether the keyboard stands on it.
 * @param {() => void} props.onSelect
 * @param {() => void} props.onUnfold
 * @param {() => void} props.onTake
 * @param {() => void} props.onCurrent
 */
export function AlertRow(props) {
  const { alert, takes, selected, unfolded } = props;
  const path = `/alerts/${encodeURIComponent(alert.id)}`;
  const homes = homesOf(alert);
  const waits = alert.life === "open" || alert.life === "cleared_unseen";
  const name = `${kindName(alert.kind)} of ${alert.subject}`;
  return html`<tr
      data-alert=${alert.id}
      class=${`is-${alert.life} ${selected ? "is-selected" : ""}`}
      tabindex=${props.current ? 0 : -1}
      onFocus=${props.onCurrent}
    >
      ${takes &&
      html`<td class="cell-check">
        <label class="check">
          <input type="checkbox" checked=${selected} onChange=${props.onSelect} />
          <span class="unseen">Select ${name}</span>
        </label>
      </td>`}
      <td data-label="Severity"><${Severity} severity=${alert.severity} /></td>
      <td data-label="Alert" class="cell-alert">
        <${Link} to=${path}>${kindName(alert.kind)}<//> <span class="subject">${alert.subject}</span>
        ${homes && html` <span class="homes-count">${homes}</span>`}
        <p class="sentence">${alert.text}</p>
      </td>
      <td data-label="State"><${Life} alert=${alert} /></td>
      <td data-label="Opened"><${StreamTime} at=${alert.opened_at} short since /></td>
      <td data-label="Area">${alert.area ? html`<${Link} to=${`/areas/${alert.area}`}>${alert.area}<//>` : "–"}</td>
      <td class="cell-act">
        ${alert.homes_count > 0 &&
        html`<button type="button" aria-expanded=${unfolded} onClick=${props.onUnfold}>
          ${unfolded ? "Hide homes" : "Homes"}<span class="unseen"> of ${name}</span>
        </button>`}
        ${takes &&
        waits &&
        html`<button type="button" onClick=${props.onTake}>${takeWord(alert)}<span class="unseen"> ${name}</span></button>`}
      </td>
    </tr>
    ${unfolded &&
    html`<tr class="row-homes">
      <td colspan=${takes ? 7 : 6}><${Homes} alert=${alert} /></td>
    </tr>`}`;
}

/** @param {{alert: any}} props */
export function Life({ alert }) {
  return html`<span class=${`life is-${alert.life}`}>${LIVES[alert.life]}</span>
    ${alert.acknowledged_by &&
    html`<span class="who">${alert.acknowledged_by}, <${Ago} at=${alert.acknowledged_at} /></span>`}`;
}
