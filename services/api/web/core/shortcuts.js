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
 * @param {() => {key: string, to: string}[]} links
 * @param {() => void} help
 */
export function onShortcut(links, help) {
  let gone = 0;
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || writing(event)) return;
    const going = Date.now() - gone < SECOND_MS;
    gone = 0;
    if (going) {
      const link = links().find(({ key }) => key === event.key);
      if (link !== undefined) {
        event.preventDefault();
        navigate(link.to);
      }
    } else if (event.key === "g") gone = Date.now();
    else if (event.key === "?") help();
    else if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search instanceof HTMLElement) {
        event.preventDefault();
        search.focus();
      }
    }
  });
}
