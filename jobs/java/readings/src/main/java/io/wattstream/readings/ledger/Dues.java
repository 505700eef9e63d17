package io.wattstream.readings.ledger;

import java.util.Arrays;

/**
 * Until when nobody need look at meters: of a few neighbours each the earliest. At any slice a
 * half-hourly meter of some hundreds is due, and going through all of them for it would be what a
 * slice costs.
 */
final class Dues {
    private static final int NEIGHBOURS_SHIFT = 5;

    /** By the group of keys, and the place of a meter in it. */
    private final long[][] earliestMs;

    private long earliestOfAllMs = Long.MAX_VALUE;

    Dues(int groups) {
        earliestMs = new long[groups][0];
    }

    /** No meter is due before. */
    long earliestMs() {
        return earliestOfAllMs;
    }

    /** A meter need not be looked at before, by what is known of it now. */
    void await(int group, int row, long atMs) {
        int place = row >> NEIGHBOURS_SHIFT;
        long[] of = earliestMs[group];
        if (place >= of.length) {
            int length = of.length;
            of = Arrays.copyOf(of, Math.max(2 * length, place + 1));
            Arrays.fill(of, length, of.length, Long.MAX_VALUE);
            earliestMs[group] = of;
        }
        of[place] = Math.min(of[place], atMs);
        earliestOfAllMs = Math.min(earliestOfAllMs, atMs);
    }

    /** All meters are due, if they are not yet. */
    void awaitAll(long atMs) {
        for (int group = 0; group < earliestMs.length; group++) {
            long[] of = earliestMs[group];
            for (int place = 0; place < of.length; place++) {
                of[place] = Math.min(of[place], atMs);
            }
        }
        earliestOfAllMs = Math.min(earliestOfAllMs, atMs);
    }

    /** Whoever looks at meters that are due. */
    interface Look {
        void at(int group, int row);
    }

    /** Hands on the meters among whose neighbours one is due; what is awaited then stays so. */
    void look(int group, int size, long endMs, Look look) {
        long[] of = earliestMs[group];
        for (int place = 0; place < of.length; place++) {
            if (of[place] > endMs) {
                continue;
            }
            of[place] = Long.MAX_VALUE;
            int first = place << NEIGHBOURS_SHIFT;
            int end = Math.min(size, first + (1 << NEIGHBOURS_SHIFT));
            for (int row = first; row < end; row++) {
                look.at(group, row);
            }
        }
    }

    /** After a look at all groups: finds the earliest of what is awaited. */
    void looked() {
        earliestOfAllMs = Long.MAX_VALUE;
        for (long[] of : earliestMs) {
            for (long atMs : of) {
                earliestOfAllMs = Math.min(earliestOfAllMs, atMs);
            }
        }
    }
}
