// Keys of the list of alerts, as in mail: j and k go, x selects, e acknowledges, o unfolds.

import { useEffect, useRef } from "preact/hooks";
import { writing } from "../../core/shortcuts.js";

/**
 * @typedef {object} Moves
 * @property {string[]} ids In the order of the list.
 * @property {string} current Where it stands; empty is the first.
 * @property {(id: string) => void} go
 * @property {(id: string) => void} select
 * @property {(id: string) => void} take
 * @property {(id: string) => void} open
 * @property {(id: string) => void} unfold
 */

/**
 * @param {{current: HTMLTableElement | null}} list
 * @param {Moves} moves
 */
export function useListKeys(list, moves) {
  const latest = useRef(moves);
  latest.current = moves;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const pressed = (event) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (event.defaultPrevented || modified || (writing(event) && !isCheck(event.target))) return;
      const { ids, current, go, ...does } = latest.current;
      const at = Math.max(0, ids.indexOf(current));
      if (event.key === "j" || event.key === "k") {
        const started = current !== "" && ids.includes(current);
        const to = started ? at + (event.key === "j" ? 1 : -1) : 0;
        const id = ids[Math.max(0, Math.min(ids.length - 1, to))];
        if (id === undefined) return;
        go(id);
        focusRow(list.current, id);
      } else {
        const act = { x: does.select, e: does.take, o: does.unfold }[event.key];
        const inRow = event.target instanceof HTMLElement && event.target.matches("tr[data-alert]");
        if (ids[at] === undefined) return;
        if (act) act(ids[at]);
        else if (event.key === "Enter" && inRow) does.open(ids[at]);
        else return;
      }
      event.preventDefault();
    };
    // After those of the page: a key that leads to another view does nothing else.
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** @param {HTMLTableElement | null} list @param {string} id */
function focusRow(list, id) {
  const rows = /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll("tr[data-alert]") ?? [])]);
  rows.find((row) => row.dataset.alert === id)?.focus();
}

/** @param {EventTarget | null} target */
const isCheck = (target) => target instanceof HTMLInputElement && target.type === "checkbox";
