package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Words;

/** How far a home's voltage is from the usual, in three bits: contracts/facts.py. */
final class Voltage {
    /** It is not known, or was measured too long ago, ... */
    static final int UNKNOWN = 0;

    /** ... it is as it should be, ... */
    static final int NORMAL = 1;

    /** ... nearly too low, ... */
    static final int LOWERED = 2;

    /** ... too low, ... */
    static final int LOW = 3;

    /** ... nearly too high, ... */
    static final int RAISED = 4;

    /** ... or too high. */
    static final int HIGH = 5;

    /** Of 230 V, in hundredths: 10 % and 9 % less, 9 % and 10 % more. */
    private static final long LOW_CENTIVOLTS = 20_700;

    private static final long LOWERED_CENTIVOLTS = 20_930;
    private static final long RAISED_CENTIVOLTS = 25_070;
    private static final long HIGH_CENTIVOLTS = 25_300;

    /** A meter that reads less often says nothing of the minute. */
    private static final long SLOWEST_MS = 300_000;

    private Voltage() {}

    /**
     * Of the latest reading.
     *
     * @param cadenceMs 0 if it is not known
     */
    static int of(long centivolts, long cadenceMs) {
        if (centivolts == Words.NONE || cadenceMs > SLOWEST_MS) {
            return UNKNOWN;
        }
        if (centivolts < LOWERED_CENTIVOLTS) {
            return centivolts < LOW_CENTIVOLTS ? LOW : LOWERED;
        }
        if (centivolts > RAISED_CENTIVOLTS) {
            return centivolts > HIGH_CENTIVOLTS ? HIGH : RAISED;
        }
        return NORMAL;
    }
}
