import { html } from "../core/html.js";
import { Link } from "../core/router.js";

export const title = "Not found";

export default function NotFound() {
  return html`<h1>Not found</h1>
    <p>There is no such page. <${Link} to="/">Go to the beginning</${Link}></p>`;
}
