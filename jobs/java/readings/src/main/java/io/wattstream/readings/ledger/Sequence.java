package io.wattstream.readings.ledger;

/** Sequence numbers of a meter, which grow by one with each reading, wrap, and begin again. */
final class Sequence {
    private static final long[] WRAPS = {1L << 16, 1L << 32};

    /** A number that falls by less than it would take to wrap and lose so many has begun again. */
    private static final long MOST_LOST_AT_A_WRAP = 64;

    private Sequence() {}

    /** By how much the number grew from a reading to the next one in time; 1 if it began again. */
    static long step(long from, long to) {
        if (to > from) {
            return to - from;
        }
        for (long wrap : WRAPS) {
            if (from < wrap && wrap - from + to <= MOST_LOST_AT_A_WRAP) {
                return wrap - from + to;
            }
        }
        return 1;
    }
}
