/** Who is signed in, how the page looks, and the tokens of the namespace. */

import { useState } from "preact/hooks";
import { post } from "../core/api.js";
import { serverNow } from "../core/clock.js";
import { ago, dateTime } from "../core/format.js";
import { html } from "../core/html.js";
import { useResource } from "../core/resource.js";
import { may, session, signOut } from "../core/session.js";
import { THEMES, theme } from "../core/settings.js";
import { Loaded, ProblemNote } from "../parts/problem.js";
import { Table } from "../parts/table.js";

export const title = "Account";

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export default function Account() {
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  const who = session.value;
  if (!who) return null;
  return html`<h1>Account</h1>
    <section class="card">
      <h2>${who.name}</h2>
      <p>${who.role} of <code>${who.namespace}</code>${who.customer !== null && html`, as customer ${who.customer}`}.
        Signed in until ${dateTime(who.expires_at, HERE)}.</p>
      <p class="muted">May: ${who.scopes.join(", ")}</p>
      ${problem !== null && html`<${ProblemNote} problem=${problem} />`}
      <button type="button" onClick=${async () => setProblem(await signOut())}>Sign out</button>
    </section>
    <fieldset class="card">
      <legend>Colours</legend>
      ${THEMES.map(
        (each) => html`<label key=${each} class="choice"><input type="radio" name="theme" checked=${theme.value === each}
          onChange=${() => (theme.value = each)} /> ${{ auto: "as this device", light: "light", dark: "dark" }[each]}</label>`,
      )}
    </fieldset>
    ${may("admin:tokens") && html`<${Tokens} />`}`;
}

function Tokens() {
  const found = useResource("/v1/tokens");
  const [problem, setProblem] = useState(/** @type {import("../core/api.js").Problem | null} */ (null));
  /** @param {string} id */
  const revoke = async (id) => {
    if (!confirm(`Revoke ${id}? Its next request is refused, and its sessions end.`)) return;
    const answer = await post(`/v1/tokens/${encodeURIComponent(id)}`, undefined, { method: "DELETE" });
    setProblem(answer.problem);
    found.value.again();
  };
  const columns = [
    { key: "name", label: "Name", cell: (/** @type {any} */ row) => row.name, by: (/** @type {any} */ row) => row.name },
    { key: "id", label: "Id", cell: (/** @type {any} */ row) => html`<code>${row.id}</code>` },
    { key: "role", label: "Role", cell: (/** @type {any} */ row) => row.role, by: (/** @type {any} */ row) => row.role },
    { key: "scopes", label: "May", cell: (/** @type {any} */ row) => row.scopes.join(", ") },
    { key: "made", label: "Made", cell: (/** @type {any} */ row) => ago(serverNow.value - Date.parse(row.created_at)), by: (/** @type {any} */ row) => row.created_at },
    {
      key: "state",
      label: "State",
      cell: (/** @type {any} */ row) => (row.holds ? "holds" : row.revoked_at !== null ? "revoked" : "over"),
      by: (/** @type {any} */ row) => (row.holds ? 0 : 1),
    },
    {
      key: "revoke",
      label: "",
      cell: (/** @type {any} */ row) =>
        row.holds && html`<button type="button" aria-label=${`Revoke ${row.name}`} onClick=${() => revoke(row.id)}>Revoke</button>`,
    },
  ];
  return html`<section>
    <h2>Tokens</h2>
    ${problem !== null && html`<${ProblemNote} problem=${problem} />`}
    <${Loaded} resource=${found.value} of="Tokens">
      ${(/** @type {any} */ data) => html`<${Table} name="Tokens" columns=${columns} rows=${data.items} id=${(/** @type {any} */ row) => row.id} />`}
    </${Loaded}>
  </section>`;
}
