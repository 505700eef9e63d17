/** How a customer is told of the own home: by which channel, of what, and when not. */

import { useState } from "preact/hooks";
import { post } from "../../core/api.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { HERE, ZONES } from "../../core/settings.js";
import { Loaded, ProblemNote } from "../../parts/problem.js";

/**
 * @typedef {object} Choice as the API has it
 * @property {string} channel
 * @property {string} address
 * @property {string[]} kinds
 * @property {{begin: string, end: string} | null} quiet
 * @property {string} zone
 * @property {string} language
 *
 * @typedef {object} Choosing
 * @property {{name: string, takes: "mail" | "name"}[]} channels
 * @property {string[]} kinds
 * @property {string[]} languages
 * @property {Choice | null} choice
 */

const PATH = "/v1/choice";
const TAKES = { mail: "by mail", name: "by a push message" };
const ADDRESSES = { mail: "Your mail address", name: "Your name at the push service" };

/** @type {Record<string, string>} */
const KINDS = {
  outage: "a power outage",
  meter_silent: "a meter that is silent",
  unusual_use: "unusual use of energy",
};

/** Each by its own name. @param {string} language */
const languageName = (language) => new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;

export function Told() {
  const found = useResource(PATH).value;
  return html`<section class="card" aria-labelledby="told">
    <h2 id="told">How you are told</h2>
    <p class="muted">Of what is the matter at your home, once it has lasted a minute or so, and when it is over.</p>
    <${Loaded} resource=${found} of="How you are told">
      ${(/** @type {Choosing} */ data) => html`<${Offered} data=${data} again=${found.again} />`}
    <//>
  </section>`;
}

/** @param {{data: Choosing, again: () => void}} props */
function Offered({ data, again }) {
  const [state, setState] = useState({ busy: false, done: "", problem: /** @type {import("../../core/api.js").Problem | null} */ (null) });
  /** @param {unknown} body @param {string} method @param {string} done */
  const ask = async (body, method, done) => {
    setState({ busy: true, done: "", problem: null });
    const { problem } = await post(PATH, body, { method });
    setState({ busy: false, done: problem === null ? done : "", problem });
    if (problem === null) again();
  };
  const { channels, choice } = data;
  return html`
    ${channels.length === 0
      ? html`<p>Your supplier offers no way to be told yet.</p>`
      : html`<${Form} key=${choice === null} data=${data} busy=${state.busy} onSave=${(/** @type {Choice} */ made) => ask(made, "PUT", "Saved. You are told from now on.")} />`}
    ${state.problem !== null && html`<${ProblemNote} problem=${state.problem} />`}
    <p role="status">${state.done || (choice === null ? "You are told of nothing now." : "")}</p>
    ${choice !== null &&
    html`<button type="button" disabled=${state.busy} onClick=${() => ask(undefined, "DELETE", "You are told no more, and your address is forgotten.")}>Tell me nothing any more</button>`}
  `;
}

/** @param {{data: Choosing, busy: boolean, onSave: (made: Choice) => void}} props */
function Form({ data: { channels, kinds, languages, choice }, busy, onSave }) {
  const first = channels.find(({ name }) => name === choice?.channel) ?? channels[0];
  const [chosen, setChosen] = useState(first.name);
  const { takes } = channels.find(({ name }) => name === chosen) ?? first;
  const [lacksKind, setLacksKind] = useState(false);
  const isOffered = choice === null || channels.some(({ name }) => name === choice.channel);
  /** @param {SubmitEvent} event */
  const save = (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    /** @param {string} name */
    const of = (name) => String(form.get(name) ?? "").trim();
    const wanted = form.getAll("kinds").map(String);
    setLacksKind(wanted.length === 0);
    if (wanted.length === 0) return;
    onSave({
      channel: of("channel"),
      address: of("address"),
      kinds: wanted,
      quiet: form.has("is_quiet") ? { begin: of("begin"), end: of("end") } : null,
      zone: of("zone"),
      language: of("language"),
    });
  };
  return html`<form class="settings" onSubmit=${save}>
    ${!isOffered && html`<p class="note note-warn">What you have chosen is offered no more: you are told of nothing until you choose again.</p>`}
    <fieldset>
      <legend>How</legend>
      ${channels.map(
        ({ name, takes: its }) => html`<label key=${name} class="check">
          <input type="radio" name="channel" value=${name} checked=${name === chosen} onChange=${() => setChosen(name)} /> ${TAKES[its]} <span class="muted">(${name})</span>
        </label>`,
      )}
    </fieldset>
    <label>
      ${ADDRESSES[takes]}
      <input
        key=${takes}
        name="address"
        type=${takes === "mail" ? "email" : "text"}
        required
        maxlength=${takes === "mail" ? 254 : 64}
        pattern=${takes === "mail" ? undefined : "[A-Za-z0-9_\\-]+"}
        title=${takes === "mail" ? undefined : "Letters without accents, digits, _ and -"}
        autocomplete=${takes === "mail" ? "email" : "off"}
        defaultValue=${choice?.channel === chosen ? choice.address : ""}
      />
    </label>
    <fieldset>
      <legend>Of what</legend>
      ${kinds.map(
        (kind) => html`<label key=${kind} class="check">
          <input type="checkbox" name="kinds" value=${kind} defaultChecked=${choice === null || choice.kinds.includes(kind)} /> ${KINDS[kind] ?? kind}
        </label>`,
      )}
    </fieldset>
    ${lacksKind && html`<p class="note note-bad" role="alert">Choose at least one of these.</p>`}
    <${Quiet} quiet=${choice?.quiet ?? null} />
    <label>
      Times are those of
      <select name="zone">
        ${ZONES.filter(Boolean).map((each) => html`<option key=${each} value=${each} selected=${each === (choice?.zone ?? HERE)}>${each}</option>`)}
      </select>
    </label>
    <label>
      Language
      <select name="language">
        ${languages.map((each) => html`<option key=${each} value=${each} selected=${each === (choice?.language ?? languages[0])}>${languageName(each)}</option>`)}
      </select>
    </label>
    <button type="submit" class="primary" disabled=${busy}>${choice === null ? "Tell me" : "Save"}</button>
  </form>`;
}

/** Hours in which nothing is sent. @param {{quiet: Choice["quiet"]}} props */
function Quiet({ quiet }) {
  const [isQuiet, setQuiet] = useState(quiet !== null);
  return html`<fieldset>
    <legend>When not</legend>
    <label class="check">
      <input type="checkbox" name="is_quiet" checked=${isQuiet} onChange=${() => setQuiet(!isQuiet)} /> leave me in peace for some hours: I am told afterwards
    </label>
    ${isQuiet &&
    html`<label>From <input type="time" name="begin" required defaultValue=${quiet?.begin ?? "22:00"} /></label>
      <label>to <input type="time" name="end" required defaultValue=${quiet?.end ?? "07:00"} /></label>`}
  </fieldset>`;
}
