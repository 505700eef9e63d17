// What an alert is made of: why there is one, and the homes that it hit.

import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link } from "../../core/router.js";
import { ProblemNote } from "../../parts/problem.js";

/** Meters that an alert names at most. */
const MOST_NAMED = 500;

/** @param {{alert: {id: string, homes_count: number}}} props */
export function Homes({ alert }) {
  const { data, problem } = useResource(`/v1/alerts/${encodeURIComponent(alert.id)}`, { every: 15_000 }).value;
  if (problem && !data) return html`<${ProblemNote} problem=${problem} of="Homes" />`;
  if (!data) return html`<p class="muted">Homes are being looked up.</p>`;
  return html`<${HomeList} story=${data} />`;
}

/** @param {{story: {homes: string[], homes_count: number, kind: string}}} props */
export function HomeList({ story }) {
  const { homes, homes_count: count } = story;
  if (!homes.length) return html`<p class="muted">It names no homes.</p>`;
  const words = story.kind === "feeder_loss" ? "suspected" : count === 1 ? "home" : "homes";
  return html`<div class="homes">
    <p>
      ${count > homes.length && homes.length >= MOST_NAMED
        ? `The first ${homes.length} of ${count} homes:`
        : `${homes.length} ${words}:`}
    </p>
    <ul>
      ${homes.map((home) => html`<li key=${home}><${Link} to=${`/meters/${encodeURIComponent(home)}`}>${home}<//></li>`)}
    </ul>
  </div>`;
}
