/** A dialog over the page, which Escape and a button close. */

import { useEffect, useId, useRef } from "preact/hooks";
import { html } from "../core/html.js";
import { Icon } from "./icons.js";

/** @param {{title: string, onClose: () => void, children?: unknown}} props */
export function Dialog({ title, onClose, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const heading = useId();
  useEffect(() => {
    const shown = element.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return html`<dialog ref=${element} class="dialog" aria-labelledby=${heading} onClose=${onClose}>
    <header>
      <h2 id=${heading}>${title}</h2>
      <button type="button" class="plain" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
    </header>
    ${children}
  </dialog>`;
}
