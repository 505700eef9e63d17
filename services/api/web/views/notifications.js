/** How people are told of alerts: channels, what did not arrive, what is silent, who was told, and by which rules. */

import { useState } from "preact/hooks";
import { post } from "../core/api.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { link } from "../core/router.js";
import { may } from "../core/session.js";
import { Said } from "../parts/message_words.js";
import { Loaded, ProblemNote } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { Ago, WallTime } from "../parts/times.js";
import { ChannelTable } from "./notifications/channels.js";
import { RuleTable } from "./notifications/rules.js";
import { Silences } from "./notifications/silences.js";

/** @typedef {import("../parts/message_words.js").Message} Message */

export const title = "Notifications";

const EACH_MS = 5_000;
const MESSAGES = 20;
const MOST_MESSAGES = 1_000;

export default function Notifications() {
  const found = useResource("/v1/notifications", { every: EACH_MS });
  return html`<article class="notifications">
    <h1>Notifications</h1>
    <${Loaded} resource=${found.value} of="Notifications" lines=${8}>
      ${(/** @type {any} */ data) => html`
        <${State} data=${data} />
        <section aria-labelledby="channels">
          <h2 id="channels">Channels</h2>
          <${ChannelTable} channels=${data.channels} />
        </section>
        <section aria-labelledby="dead">
          <h2 id="dead">Did not arrive</h2>
          <${DeadTable} messages=${data.dead} onAsked=${() => found.value.again()} />
        </section>
        <section aria-labelledby="silences">
          <h2 id="silences">Silent</h2>
          <${Silences} silences=${data.silences} onChanged=${() => found.value.again()} />
        </section>
        <section aria-labelledby="told">
          <h2 id="told">Who was told</h2>
          <${Arrived} to="duty" columns=${ARRIVED} name="Messages that arrived, the newest first" />
        </section>
        ${data.channels.some((/** @type {any} */ each) => each.for_customers) &&
        html`<section aria-labelledby="customers">
          <h2 id="customers">Customers who were told</h2>
          <${Arrived} to="customers" columns=${AT_CUSTOMERS} name="Messages that customers got, the newest first" />
        </section>`}
        <section aria-labelledby="rules">
          <h2 id="rules">Rules</h2>
          <${RuleTable} rules=${data.rules} file=${data.file} />
        </section>
      `}
    <//>
  </article>`;
}

/** @param {{data: any}} props */
function State({ data }) {
  if (data.state === "never") {
    return html`<p class="note note-warn">No notifier has run here: nobody is told of anything.</p>`;
  }
  if (data.state === "away") {
    return html`<p class="note note-bad" role="alert">
      The notifier is away: it last said that it runs <${Ago} at=${data.seen_at} />. Nobody is told until it is started again; nothing is lost meanwhile.
    </p>`;
  }
  if (data.rules.length === 0 && !data.channels.some((/** @type {any} */ each) => each.for_customers)) {
    return html`<p class="note note-warn">The notifier runs and has no rule: nobody is told of anything. It reads <code>${data.file}</code>.</p>`;
  }
  return html`<p class="muted">The notifier runs.</p>`;
}

/** @param {{messages: Message[], onAsked: () => void}} props */
function DeadTable({ messages, onAsked }) {
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  /** @param {Message} message */
  const again = async ({ id }) => {
    setProblem((await post(`/v1/notifications/messages/${id}/again`)).problem);
    onAsked();
  };
  /** @type {import("../parts/table.js").Column<Message>[]} */
  const columns = [
    { key: "given-up", label: "Given up", cell: ({ since }) => html`<${WallTime} at=${since} />`, by: ({ since }) => since },
    { key: "channel", label: "Channel", cell: ({ channel, customer }) => (customer === null ? channel : `${channel}, customer ${customer}`), by: ({ channel }) => channel },
    { key: "said", label: "What it says", cell: (message) => html`<${Said} message=${message} />` },
    { key: "problem", label: "Why", cell: (message) => html`<span class="bad"><span aria-hidden="true">✗</span> ${message.problem}</span>` },
    {
      key: "again",
      label: "Send again",
      cell: (message) =>
        message.again_at !== null
          ? html`<span>is tried again, asked for <${Ago} at=${message.again_at} /></span>`
          : may("write:alerts") &&
            html`<button type="button" aria-label=${`Send again to ${message.channel}`} onClick=${() => again(message)}>Send again</button>`,
    },
  ];
  return html`${problem !== null && html`<${ProblemNote} problem=${problem} />`}
    <${Table} name="Messages that did not arrive" columns=${columns} rows=${messages} id=${(/** @type {Message} */ each) => each.id} empty="Everything arrived." />`;
}

/** @type {import("../parts/table.js").Column<Message>[]} */
const ARRIVED = [
  { key: "arrived", label: "Arrived", cell: ({ since }) => html`<${WallTime} at=${since} />` },
  { key: "channel", label: "Channel", cell: ({ channel }) => channel },
  { key: "said", label: "What it said", cell: (message) => html`<${Said} message=${message} />` },
  { key: "id", label: "Id", cell: ({ id }) => html`<code title=${id}>${id.slice(0, 8)}</code>` },
];

const AT_CUSTOMERS = [...ARRIVED.slice(0, 2), { key: "customer", label: "Customer", cell: (/** @type {Message} */ { customer }) => customer }, ...ARRIVED.slice(2)];

/** @param {{to: string, columns: import("../parts/table.js").Column<Message>[], name: string}} props */
function Arrived({ to, columns, name }) {
  const [limit, setLimit] = useState(MESSAGES);
  const found = useResource(link("/v1/notifications/messages", { to, limit }), { every: EACH_MS }).value;
  return html`<${Loaded} resource=${found} of="Messages">
    ${(/** @type {{items: Message[], next: string | null}} */ data) => html`
      <${Table} name=${name} columns=${columns} rows=${data.items} id=${(/** @type {Message} */ each) => each.id} empty="Nobody was told of anything yet." />
      ${data.next !== null && limit < MOST_MESSAGES && html`<button type="button" onClick=${() => setLimit(Math.min(5 * limit, MOST_MESSAGES))}>Show more</button>`}
    `}
  <//>`;
}
