// Words with numbers.

/** @param {number} number @param {string} word */
export const plural = (number, word) => (number === 1 ? word : `${word}s`);
