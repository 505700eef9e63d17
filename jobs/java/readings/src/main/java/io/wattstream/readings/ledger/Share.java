package io.wattstream.readings.ledger;

/** What a meter adds to the groups that it belongs to. */
final class Share {
    private static final int STATE_BITS = 2;
    private static final int VOLTAGE_BITS = 3;
    private static final long DEMAND_KNOWN = 1 << (STATE_BITS + VOLTAGE_BITS);

    /** Where in a number of a row the area begins; below it is what has few bits. */
    static final int AREA_SHIFT = STATE_BITS + VOLTAGE_BITS + 1;

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

    /** Of {@link Voltage}. */
    int voltage;

    /** Whether it is known what the meter draws; 0 is counted if not. */
    boolean isDemandKnown;

    long demand;
    long energy;

    /** Whether it counts with what it draws. */
    boolean holds() {
        return state == REPORTING || state == HOLDING;
    }

    void loadPlace(long place) {
        area = place >> AREA_SHIFT;
        state = (int) place & (1 << STATE_BITS) - 1;
        voltage = (int) (place >> STATE_BITS) & (1 << VOLTAGE_BITS) - 1;
        isDemandKnown = (place & DEMAND_KNOWN) != 0;
    }

    /** Area, state, voltage, and whether the demand is known, in one number. */
    long place() {
        return area << AREA_SHIFT
                | (isDemandKnown ? DEMAND_KNOWN : 0)
                | (long) voltage << STATE_BITS
                | state;
    }
}
