package io.wattstream.readings.ledger;

import java.util.Arrays;

/**
 * When meters are to be looked at, and of a few neighbours each the earliest: at any slice a
 * half-hourly meter of some hundreds is due, and going through all of them for it would be what a
 * slice costs.
 */
final class Dues {
    private static final int NEIGHBOURS_SHIFT = 5;
    private static final int NEIGHBOURS = 1 << NEIGHBOURS_SHIFT;

    /** By the group of keys, and the place of a meter in it. */
    private final long[][] dueMs;

    /** Of neighbours: none of them is due before. */
    private final long[][] earliestMs;

    private long earliestOfAllMs = Long.MAX_VALUE;

    Dues(int groups) {
        dueMs = new long[groups][0];
        earliestMs = new long[groups][0];
    }

    /** No meter is due before. */
    long earliestMs() {
        return earliestOfAllMs;
    }

    /** A meter need not be looked at before, by what is known of it now. */
    void await(int group, int row, long atMs) {
        int place = row >> NEIGHBOURS_SHIFT;
        if (place >= earliestMs[group].length) {
            int places = Math.max(2 * earliestMs[group].length, place + 1);
            earliestMs[group] = longer(earliestMs[group], places);
            dueMs[group] = longer(dueMs[group], places << NEIGHBOURS_SHIFT);
        }
        dueMs[group][row] = atMs;
        earliestMs[group][place] = Math.min(earliestMs[group][place], atMs);
        earliestOfAllMs = Math.min(earliestOfAllMs, atMs);
    }

    private static long[] longer(long[] of, int length) {
        long[] longer = Arrays.copyOf(of, length);
        Arrays.fill(longer, of.length, length, Long.MAX_VALUE);
        return longer;
    }

    /** All meters are due, if they are not yet. */
    void awaitAll(long atMs) {
        for (long[][] times : new long[][][] {dueMs, earliestMs}) {
            for (long[] of : times) {
                for (int i = 0; i < of.length; i++) {
                    of[i] = Math.min(of[i], atMs);
                }
            }
        }
        earliestOfAllMs = Math.min(earliestOfAllMs, atMs);
    }

    /** Whoever looks at meters that are due. */
    interface Look {
        void at(int group, int row);
    }

    /** Hands on the meters that are due; what is awaited then stays so. */
    void look(int group, int size, long endMs, Look look) {
        long[] of = earliestMs[group];
        for (int place = 0; place < of.length; place++) {
            if (of[place] > endMs) {
                continue;
            }
            of[place] = Long.MAX_VALUE;
            int first = place << NEIGHBOURS_SHIFT;
            int end = Math.min(size, first + NEIGHBOURS);
            for (int row = first; row < end; row++) {
                long atMs = dueMs[group][row];
                if (atMs > endMs) {
                    of[place] = Math.min(of[place], atMs);
                } else {
                    dueMs[group][row] = Long.MAX_VALUE;
                    look.at(group, row);
                }
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
