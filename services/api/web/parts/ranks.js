// How the order of the largest meters changes.

import { html } from "../core/html.js";

/**
 * @param {{meter_id: string, rank: number}[]} items
 * @returns {Map<string, number>}
 */
export const ranksOf = (items) => new Map(items.map((each) => [each.meter_id, each.rank]));

/**
 * @param {object} props
 * @param {number} props.rank
 * @param {number | undefined} props.before
 * @param {boolean} props.known Whether there was a list before.
 */
export function RankChange({ rank, before, known }) {
  if (!known) return html`<span class="muted">–</span>`;
  if (before === undefined) return html`<b>new</b>`;
  if (before === rank) return html`<span class="muted">the same</span>`;
  return html`<span><span aria-hidden="true">${before > rank ? "▲" : "▼"}</span> ${before}</span>`;
}
