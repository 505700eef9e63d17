// Times on a page: always absolute, in the zone that somebody chose, and how long ago in addition
// where that means something.

import { html } from "../core/html.js";
import { isNow, serverNow, streamTime } from "../core/clock.js";
import { ago, clockTime, day, moment, span } from "../core/format.js";
import { zone } from "../core/settings.js";

/** @typedef {string | number} At RFC 3339 or epoch ms. */

/** @param {At} at */
const ms = (at) => (typeof at === "number" ? at : Date.parse(at));

/**
 * A time of the readings. How long ago is by their clock too, and only said while that goes on.
 * @param {{at: At | null, short?: boolean, since?: boolean}} props `short`: of this day its time alone
 */
export function StreamTime({ at, short = false, since = false }) {
  if (at === null) return html`<span class="muted">–</span>`;
  const newest = streamTime.value;
  const said = ms(at);
  const full = moment(said, zone.value);
  const sameDay = newest !== null && day(newest, zone.value) === day(said, zone.value);
  const words = short && sameDay ? clockTime(said, zone.value) : full;
  const old = since && newest !== null && isNow.value;
  return html`<time datetime=${new Date(said).toISOString()} title=${full}>${words}</time>${old &&
    html` <span class="ago">${ago(newest - said)}</span>`}`;
}

/** A time on the wall. @param {{at: At}} props */
export function WallTime({ at }) {
  const said = ms(at);
  return html`<span><time datetime=${new Date(said).toISOString()}>${moment(said, zone.value)}</time> <span class="ago">${ago(serverNow.value - said)}</span></span>`;
}

/** How long ago on the wall. @param {{at: At}} props */
export function Ago({ at }) {
  const said = ms(at);
  return html`<time datetime=${new Date(said).toISOString()} title=${moment(said, zone.value)}>${ago(serverNow.value - said)}</time>`;
}

/** A time on the wall that is to come. @param {{at: At}} props */
export function Until({ at }) {
  const said = ms(at);
  return html`<span><time datetime=${new Date(said).toISOString()}>${moment(said, zone.value)}</time> <span class="ago">in ${span(said - serverNow.value)}</span></span>`;
}
