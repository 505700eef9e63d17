/** A value that many requests hang on, when it changes more often than these should be made. */

import { useEffect, useRef, useState } from "preact/hooks";

/**
 * The value, taken over at most once in so long.
 * @template T
 * @param {T} value
 * @param {number} everyMs
 * @returns {T}
 */
export function useSlow(value, everyMs) {
  const [taken, setTaken] = useState(value);
  const at = useRef(Date.now());
  useEffect(() => {
    const take = () => {
      at.current = Date.now();
      setTaken(value);
    };
    const timer = setTimeout(take, Math.max(0, at.current + everyMs - Date.now()));
    return () => clearTimeout(timer);
  }, [value]);
  return taken;
}
