// Says of alerts that somebody looks after them.

import { post } from "../core/api.js";

/**
 * @param {string} id Of the alert.
 * @param {string} comment May be empty.
 * @returns {Promise<any>} What is answered: `problem` if it was refused.
 */
export function acknowledge(id, comment = "") {
  return post(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, { comment });
}

/**
 * One after the other, so that nobody waits for a crowd.
 * @param {string[]} ids
 * @param {string} comment
 * @param {(done: number) => void} progress
 * @returns {Promise<{id: string, problem: any}[]>} Those that were refused.
 */
export async function acknowledgeAll(ids, comment, progress) {
  const refused = [];
  let done = 0;
  for (const id of ids) {
    const { problem } = await acknowledge(id, comment);
    if (problem) refused.push({ id, problem });
    done += 1;
    progress(done);
  }
  return refused;
}
