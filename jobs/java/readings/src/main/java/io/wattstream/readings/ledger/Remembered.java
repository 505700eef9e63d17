package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Words;

/**
 * What the latest readings of a meter said, by which a word that says the same is told from one
 * that says otherwise: of each 28 bits of a hash of which reading it is and 20 of what it says, so
 * that an old reading that is repeated is taken for another one once in 16 million times, and a
 * word that says otherwise for a repeat once in a million times.
 */
final class Remembered {
    private static final int READINGS = 16;
    private static final int CONTENT_BITS = 20;
    private static final long CONTENT_MASK = (1L << CONTENT_BITS) - 1;

    /** A reading's 48 bits are the upper 32, two of which make a number, and the lower 16. */
    private static final int LOWER_BITS = 16;

    private static final int LOWER_AT = READINGS / 2;

    /** How many numbers they are. */
    static final int NUMBERS = LOWER_AT + READINGS / 4;

    private final long[] numbers = new long[NUMBERS];

    void load(long[] from, int at) {
        System.arraycopy(from, at, numbers, 0, NUMBERS);
    }

    void store(long[] to, int at) {
        System.arraycopy(numbers, 0, to, at, NUMBERS);
    }

    /**
     * Remembers what a new reading says, and forgets that of the oldest one.
     *
     * @param before how many there were before
     */
    void add(long before, Words words, int word) {
        set((int) before & READINGS - 1, hash(words, word));
    }

    /**
     * Remembers what a word says of a reading that has been seen.
     *
     * @return whether that is something else than before; not if it is forgotten
     */
    boolean replace(Words words, int word) {
        long hash = hash(words, word);
        for (int place = 0; place < READINGS; place++) {
            long known = get(place);
            if (known >>> CONTENT_BITS == hash >>> CONTENT_BITS) {
                set(place, hash);
                return known != hash;
            }
        }
        return false;
    }

    private static long hash(Words words, int word) {
        long reading = Hash.mix(words.tsMs(word), words.seq(word));
        long content = Hash.mix(reading, words.register(word));
        content = Hash.mix(content, words.demand(word));
        content = Hash.mix(content, words.energy(word));
        return ((reading >>> LOWER_BITS) & ~CONTENT_MASK) | (content & CONTENT_MASK);
    }

    private long get(int place) {
        long upper = (numbers[place / 2] >>> (32 * (place % 2))) & 0xFFFF_FFFFL;
        long lower = (numbers[LOWER_AT + place / 4] >>> (16 * (place % 4))) & 0xFFFF;
        return (upper << LOWER_BITS) | lower;
    }

    private void set(int place, long hash) {
        int upperShift = 32 * (place % 2);
        int lowerShift = 16 * (place % 4);
        int lower = LOWER_AT + place / 4;
        numbers[place / 2] =
                (numbers[place / 2] & ~(0xFFFF_FFFFL << upperShift))
                        | ((hash >>> LOWER_BITS) << upperShift);
        numbers[lower] =
                (numbers[lower] & ~(0xFFFFL << lowerShift)) | ((hash & 0xFFFF) << lowerShift);
    }
}
