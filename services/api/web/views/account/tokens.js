/** The tokens of the namespace, for who may make and revoke them. */

import { useState } from "preact/hooks";
import { post } from "../../core/api.js";
import { serverNow } from "../../core/clock.js";
import { ago } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { Dialog } from "../../parts/dialog.js";
import { Loaded, ProblemNote } from "../../parts/problem.js";
import { Table } from "../../parts/table.js";

/** @typedef {{id: string, name: string, role: string, scopes: string[], created_at: string, revoked_at: string | null, holds: boolean}} Token */

export function Tokens() {
  const found = useResource("/v1/tokens");
  const [asked, setAsked] = useState(/** @type {Token | null} */ (null));
  const [problem, setProblem] = useState(/** @type {import("../../core/api.js").Problem | null} */ (null));
  /** @param {Token} token */
  const revoke = async ({ id }) => {
    setAsked(null);
    const answer = await post(`/v1/tokens/${encodeURIComponent(id)}`, undefined, { method: "DELETE" });
    setProblem(answer.problem);
    found.value.again();
  };
  return html`<section>
    <h2>Tokens</h2>
    ${problem !== null && html`<${ProblemNote} problem=${problem} />`}
    <${Loaded} resource=${found.value} of="Tokens">
      ${(/** @type {{items: Token[]}} */ data) =>
        html`<${Table} name="Tokens" columns=${columnsOf(setAsked)} rows=${data.items} id=${(/** @type {Token} */ row) => row.id} />`}
    <//>
    ${asked !== null &&
    html`<${Dialog} title=${`Revoke the token of ${asked.name}?`} onClose=${() => setAsked(null)}>
      <p>Its next request is refused, and the sessions that were made of it end.</p>
      <button type="button" class="primary" onClick=${() => revoke(asked)}>Revoke</button>
    <//>`}
  </section>`;
}

/** @param {(token: Token) => void} ask */
function columnsOf(ask) {
  return [
    { key: "name", label: "Name", cell: (/** @type {Token} */ row) => row.name, by: (/** @type {Token} */ row) => row.name },
    { key: "id", label: "Id", cell: (/** @type {Token} */ row) => html`<code>${row.id}</code>` },
    { key: "role", label: "Role", cell: (/** @type {Token} */ row) => row.role, by: (/** @type {Token} */ row) => row.role },
    { key: "scopes", label: "May", cell: (/** @type {Token} */ row) => row.scopes.join(", ") },
    {
      key: "made",
      label: "Made",
      cell: (/** @type {Token} */ row) => ago(serverNow.value - Date.parse(row.created_at)),
      by: (/** @type {Token} */ row) => row.created_at,
    },
    {
      key: "state",
      label: "State",
      cell: (/** @type {Token} */ row) => (row.holds ? "holds" : row.revoked_at !== null ? "revoked" : "over"),
      by: (/** @type {Token} */ row) => (row.holds ? 0 : 1),
    },
    {
      key: "revoke",
      label: "Revoke",
      cell: (/** @type {Token} */ row) =>
        row.holds && html`<button type="button" aria-label=${`Revoke ${row.name}, ${row.id}`} onClick=${() => ask(row)}>Revoke</button>`,
    },
  ];
}
