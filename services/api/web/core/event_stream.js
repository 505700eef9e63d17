/**
 * Events of an answer that does not end. By `fetch` and not by EventSource, which does not say why
 * a stream was refused.
 */

/**
 * @typedef {object} Event
 * @property {string} name empty for a word that only says that somebody is there
 * @property {string} data
 * @property {string | null} id
 */

/**
 * The events of a body, as they come.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Event>}
 */
export async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = /** @type {string} */ (blocks.pop());
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * @param {string} block lines up to an empty one
 * @returns {Event}
 */
export function eventOf(block) {
  /** @type {Event} */
  const event = { name: "", data: "", id: null };
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    const value = line.slice(at + 1).replace(/^ /, "");
    if (line.startsWith("event:")) event.name = value;
    else if (line.startsWith("data:")) event.data = value;
    else if (line.startsWith("id:")) event.id = value;
  }
  return event;
}
