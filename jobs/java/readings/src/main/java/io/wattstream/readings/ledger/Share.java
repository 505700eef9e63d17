package io.wattstream.readings.ledger;

/** What a meter adds to the groups that it belongs to. */
final class Share {
    static final int STATE_BITS = 2;

    /** The meter counts nowhere, ... */
    static final int NOWHERE = 0;

    /** ... a reading of it came in the slice, ... */
    static final int REPORTING = 1;

    /** ... none came and its value holds, ... */
    static final int HOLDING = 2;

    /** ... or holds no longer. */
    static final int SILENT = 3;

    long area;
    int feeder;
    int region;
    int state;
    long demand;
    long energy;
}
