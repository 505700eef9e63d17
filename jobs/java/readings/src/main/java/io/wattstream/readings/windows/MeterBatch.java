package io.wattstream.readings.windows;

import org.apache.flink.table.data.StringData;

/**
 * Readings on their way into tables, counted some at a time.
 *
 * <p>The row of a reading's meter is not in the processor's caches as a rule. One after the other,
 * each reading would wait for its own; here all of them are asked for first, and the waits overlap.
 */
final class MeterBatch {
    /** More would be waited for at once than the processor has room to remember. */
    static final int MOST = 32;

    // Constants to the compiler, which the fields of an enum are not.
    private static final int READINGS = Figure.READINGS.position();
    private static final int FIRST_SEQ = Figure.FIRST_SEQ.position();
    private static final int LAST_SEQ = Figure.LAST_SEQ.position();
    private static final int FIRST_STAMPED = Figure.FIRST_STAMPED.position();
    private static final int LAST_STAMPED = Figure.LAST_STAMPED.position();
    private static final int LOW_REGISTER = Figure.LOW_REGISTER.position();
    private static final int HIGH_REGISTER = Figure.HIGH_REGISTER.position();
    private static final int DEMAND_SUM = Figure.DEMAND_SUM.position();
    private static final int DEMAND_MIN = Figure.DEMAND_MIN.position();
    private static final int DEMAND_MAX = Figure.DEMAND_MAX.position();

    private final long[] rows = new long[MOST * MeterTable.WIDTH];
    private final byte[][] tails = new byte[MOST][];
    private final MeterTable[] tables = new MeterTable[MOST];
    private final int[] found = new int[MOST];
    private int size;

    /** What was read for nothing else than being read, kept so that it is read. */
    @SuppressWarnings("unused")
    private long touched;

    /**
     * Counts a reading of a meter, with {@link #flush} at the latest; the bytes of its texts may
     * change afterwards.
     *
     * @return how many meters are new in their tables by what was counted now
     * @throws IllegalArgumentException if the geohash is none
     */
    int addReading(
            MeterTable table,
            StringData meter,
            StringData geohash,
            StringData commodity,
            long seq,
            long stampedRegister,
            long register,
            long demand) {
        int at = size * MeterTable.WIDTH;
        int figure = at + MeterTable.FIGURE;
        tails[size] = table.begin(rows, at, meter, geohash, commodity);
        tables[size] = table;
        rows[figure + READINGS] = 1;
        rows[figure + FIRST_SEQ] = seq;
        rows[figure + LAST_SEQ] = seq;
        rows[figure + FIRST_STAMPED] = stampedRegister;
        rows[figure + LAST_STAMPED] = stampedRegister;
        rows[figure + LOW_REGISTER] = register;
        rows[figure + HIGH_REGISTER] = register;
        rows[figure + DEMAND_SUM] = demand;
        rows[figure + DEMAND_MIN] = demand;
        rows[figure + DEMAND_MAX] = demand;
        return ++size < MOST ? 0 : flush();
    }

    /** Counts all that is not counted yet, and returns how many meters are new in their tables. */
    int flush() {
        for (int i = 0; i < size; i++) {
            found[i] = tables[i].guess(rows, i * MeterTable.WIDTH);
        }
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += tables[i].touch(found[i]);
        }
        touched = sum;
        int news = 0;
        for (int i = 0; i < size; i++) {
            news += tables[i].add(rows, i * MeterTable.WIDTH, tails[i]) ? 1 : 0;
        }
        size = 0;
        return news;
    }
}
