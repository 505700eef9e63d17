/** Keys: each does what a button or a link does, and none of them anything while one writes. */

import { navigate } from "./router.js";

const SECOND_MS = 1_500;

/** Whether a key belongs to what has the focus. @param {KeyboardEvent} event */
export function writing(event) {
  const at = event.target;
  if (event.metaKey || event.ctrlKey || event.altKey) return true;
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
}

/**
 * `g` and then a letter go to a view, `/` to the search, `?` shows the help.
 * @param {object} does
 * @param {() => {key: string, to: string}[]} does.links
 * @param {() => void} does.help
 * @param {() => void} does.search
 * @returns {() => void} ends that
 */
export function onShortcut({ links, help, search }) {
  let gone = 0;
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    if (event.defaultPrevented || writing(event) || document.querySelector("dialog[open]")) return;
    const going = Date.now() - gone < SECOND_MS;
    gone = 0;
    const link = going ? links().find(({ key }) => key === event.key) : undefined;
    if (link !== undefined) navigate(link.to);
    else if (event.key === "g") gone = Date.now();
    else if (event.key === "?") help();
    else if (event.key === "/") search();
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}
