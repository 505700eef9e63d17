/** Who was told of an alert, and when; and how to have nobody told for a while. */

import { useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Link, link } from "../../core/router.js";
import { may } from "../../core/session.js";
import { WHYS } from "../../parts/message_words.js";
import { Loaded } from "../../parts/problem.js";
import { WallTime } from "../../parts/times.js";
import { AskSilence } from "../notifications/silences.js";

/** @typedef {import("../../parts/message_words.js").Message} Message */

const EACH_MS = 10_000;
const MESSAGES = 50;

/** @param {{id: string}} props */
export function ToldOf({ id }) {
  const found = useResource(link("/v1/notifications/messages", { alert: id, to: "duty", limit: MESSAGES }), { every: EACH_MS }).value;
  const [isAsking, setAsking] = useState(false);
  const [isAsked, setAsked] = useState(false);
  return html`<${Loaded} resource=${found} of="Messages">
      ${(/** @type {{items: Message[]}} */ data) =>
        data.items.length === 0
          ? html`<p class="empty">Nobody yet.</p>`
          : html`<ul class="told">
              ${data.items.map((each) => html`<li key=${each.id}><strong>${each.channel}</strong>, ${whyOf(each, id)}: <${WallTime} at=${each.since} /></li>`)}
            </ul>`}
    <//>
    <p>
      ${may("write:alerts") && !isAsked && html`<button type="button" onClick=${() => setAsking(true)}>Silence this…</button> `}
      ${isAsked && html`<span role="status">A silence is asked for. </span>`}
      <${Link} to="/notifications">How people are told<//>
    </p>
    ${isAsking &&
    html`<${AskSilence}
      incident=${id}
      onClose=${() => setAsking(false)}
      onAsked=${() => {
        setAsking(false);
        setAsked(true);
      }}
    />`}`;
}

/** @param {Message} message @param {string} id */
function whyOf(message, id) {
  const group = message.groups.find(({ alert_ids: ids }) => ids.includes(id));
  const why = (WHYS[group?.why ?? ""] ?? "Told").toLowerCase();
  return message.groups_count > 1 ? `${why}, in a digest` : why;
}
