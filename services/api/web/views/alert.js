// An alert: why there is one, how it went, and what people say of it.

import { useState } from "preact/hooks";
import { number } from "../core/format.js";
import { html } from "../core/html.js";
import { post } from "../core/api.js";
import { useResource } from "../core/resource.js";
import { Link } from "../core/router.js";
import { may } from "../core/session.js";
import { acknowledge } from "../parts/acknowledge.js";
import { CAUSES, LIVES, Severity, capital, homesOf, isOver, kindName, takeWord } from "../parts/alert_words.js";
import { useAlertNews } from "../parts/alert_news.js";
import { ProblemNote, Skeleton } from "../parts/problem.js";
import { Ago, StreamTime, WallTime } from "../parts/times.js";
import { HomeList } from "./alerts/homes.js";
import { ToldOf } from "./alerts/told.js";
import { Evidence, Notes, Versions } from "./alerts/story.js";

export const title = "Alert";

/** @param {{params: Record<string, string>}} props */
export default function Alert({ params }) {
  const path = `/v1/alerts/${encodeURIComponent(params.id)}`;
  const [answered, setAnswered] = useState(0);
  const { data, problem, again } = useResource(path, { every: 10_000, when: `${useAlertNews()} ${answered}` }).value;
  if (!data) {
    return html`<div class="alert-view">
      <h1>Alert</h1>
      ${problem ? html`<${ProblemNote} problem=${problem} of="Alert" again=${again} />` : html`<${Skeleton} lines=${8} label="Alert" />`}
      <p><${Link} to="/alerts">All alerts<//></p>
    </div>`;
  }
  const homes = homesOf(data);
  const newest = data.versions[data.versions.length - 1];
  return html`<article class="alert-view">
    <p class="crumbs"><${Link} to="/alerts">Alerts<//></p>
    <header class="alert-head">
      <${Severity} severity=${data.severity} />
      <h1>${kindName(data.kind)} <span class="subject">${data.subject}</span></h1>
      <span class=${`life is-${data.life}`}>${LIVES[data.life]}</span>
    </header>
    <p class="lead">${data.text}</p>
    <dl class="facts">
      <div><dt>Began</dt><dd><${StreamTime} at=${data.onset} /></dd></div>
      <div><dt>Opened</dt><dd><${StreamTime} at=${data.opened_at} /></dd></div>
      ${data.restored_at && html`<div><dt>Restored</dt><dd><${StreamTime} at=${data.restored_at} /></dd></div>`}
      ${data.closed_at && html`<div><dt>Closed</dt><dd><${StreamTime} at=${data.closed_at} /></dd></div>`}
      ${data.cause in CAUSES && html`<div><dt>Cause</dt><dd>${CAUSES[data.cause]}</dd></div>`}
      ${homes && html`<div><dt>Homes</dt><dd>${homes}</dd></div>`}
      ${data.customer_minutes !== null &&
      html`<div><dt>Without power</dt><dd>${number(data.customer_minutes)} <span class="unit">customer minutes</span></dd></div>`}
      ${data.area && html`<div><dt>Area</dt><dd><${Link} to=${`/areas/${data.area}`}>${data.area}<//></dd></div>`}
      ${data.reason && html`<div><dt>Reason</dt><dd><${Reason} reason=${data.reason} /></dd></div>`}
      ${data.acknowledged_by &&
      html`<div>
        <dt>${isOver(data) ? "Seen by" : "Looked after by"}</dt>
        <dd>${data.acknowledged_by}, <${Ago} at=${data.acknowledged_at} /></dd>
      </div>`}
    </dl>
    <div class="alert-columns">
      <section aria-labelledby="evidence">
        <h2 id="evidence">Evidence</h2>
        <p class="muted">Rule ${newest.rule}, rules of version ${data.rules}</p>
        <${Evidence} numbers=${newest.numbers} />
      </section>
      <section aria-labelledby="said">
        <h2 id="said">What people say</h2>
        ${may("write:alerts") && html`<${Say} alert=${data} onSaid=${() => setAnswered(answered + 1)} />`}
        <${Notes} notes=${data.notes} isOver=${isOver(data)} time=${(/** @type {string} */ at) => html`<${WallTime} at=${at} />`} />
      </section>
      <section aria-labelledby="went">
        <h2 id="went">How it went</h2>
        <${Versions}
          kind=${data.kind}
          versions=${data.versions}
          whole=${data.whole}
          time=${(/** @type {string} */ at) => html`<${StreamTime} at=${at} />`}
        />
      </section>
      ${may("read:system") &&
      html`<section aria-labelledby="told">
        <h2 id="told">Who was told</h2>
        <${ToldOf} id=${data.id} />
      </section>`}
      <section aria-labelledby="homes">
        <h2 id="homes">${data.kind === "feeder_loss" ? "Suspected" : "Homes"}</h2>
        <${HomeList} story=${data} />
      </section>
    </div>
  </article>`;
}

/** @param {{reason: string}} props */
function Reason({ reason }) {
  // Of a single meter: the outage that it was part of.
  if (/^[a-z_]+:.+:\d+$/.test(reason)) {
    return html`Part of <${Link} to=${`/alerts/${encodeURIComponent(reason)}`}>another alert<//>`;
  }
  return capital(reason.replaceAll("_", " "));
}

/** @param {{alert: any, onSaid: () => void}} props */
function Say({ alert, onSaid }) {
  const [text, setText] = useState("");
  const [state, setState] = useState({ busy: false, refused: "" });
  const waits = alert.life === "open" || alert.life === "cleared_unseen";
  /** @param {() => Promise<any>} send */
  const say = async (send) => {
    setState({ busy: true, refused: "" });
    const { problem } = await send();
    setState({ busy: false, refused: problem ? `${problem.title}. ${problem.detail ?? ""}` : "" });
    if (!problem) {
      setText("");
      onSaid();
    }
  };
  const path = `/v1/alerts/${encodeURIComponent(alert.id)}/comment`;
  return html`<form
    class="say"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (waits) say(() => acknowledge(alert.id, text.trim()));
      else if (text.trim()) say(() => post(path, { text: text.trim() }));
    }}
  >
    <label>
      <span>Comment</span>
      <textarea
        rows="2"
        maxlength="2000"
        value=${text}
        onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)}
      ></textarea>
    </label>
    <div class="say-buttons">
      ${waits &&
      html`<button type="submit" class="primary" disabled=${state.busy}>
        ${takeWord(alert)}${text.trim() ? " with this comment" : ""}
      </button>`}
      <button
        type=${waits ? "button" : "submit"}
        disabled=${state.busy || !text.trim()}
        onClick=${waits ? () => say(() => post(path, { text: text.trim() })) : undefined}
      >
        Comment
      </button>
    </div>
    ${state.refused && html`<p class="note note-bad" role="alert">${state.refused}</p>`}
  </form>`;
}
