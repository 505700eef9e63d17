/** What a line of a bill is made of: its local days, and how each is known. */

import { useEffect, useRef } from "preact/hooks";
import { zoneName } from "../../core/format.js";
import { html } from "../../core/html.js";
import { useResource } from "../../core/resource.js";
import { knownWords } from "../../parts/bill_words.js";
import { dayAt, shortDay } from "../../parts/calendar.js";
import { quantityWords, sizeOf } from "../../parts/money.js";
import { Loaded } from "../../parts/problem.js";
import { Table } from "../../parts/table.js";
import { lineWords } from "./lines.js";

/** @typedef {import("../../parts/money.js").Quantity & {start: string, known: any[]}} Part */

/** @param {{bill: any, line: any, onClose: () => void}} props */
export function Story({ bill, line, onClose }) {
  const found = useResource(`/v1/bills/${bill.number}/lines/${line.line}`).value;
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  const zone = bill.time_zone;
  /** @type {import("../../parts/table.js").Column<Part>[]} */
  const columns = [
    { key: "day", label: `Day, ${zoneName(zone)}`, cell: (part) => shortDay(dayAt(Date.parse(part.start), zone)), by: (part) => part.start },
    { key: "quantity", label: "Quantity", number: true, cell: quantityWords, by: sizeOf },
    { key: "known", label: "How known", cell: (part) => knownWords(part.known) },
  ];
  return html`<section class="story" aria-labelledby="story-heading">
    <header>
      <h3 id="story-heading" ref=${heading} tabindex="-1">${lineWords(line, bill)}, day by day</h3>
      <button type="button" onClick=${onClose}>Close</button>
    </header>
    <${Loaded} resource=${found} of="Days" lines=${4}>
      ${(/** @type {any} */ data) =>
        data.what === null
          ? html`<p>${line.known.length > 0
              ? "It cannot be told by the day here: what is estimated in it follows from other homes."
              : "It follows from other lines, or there is nothing of it any more."}</p>`
          : html`<p class="muted">As it is by the run that found it: ${data.what}.</p>
              <${Table} name=${`Days of ${lineWords(line, bill)}`} columns=${columns} rows=${data.parts} id=${(/** @type {Part} */ part) => part.start} empty="Nothing of it any more." />`}
    </${Loaded}>
  </section>`;
}
