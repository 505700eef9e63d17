package io.wattstream.readings.windows;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.List;

/**
 * How the words of a meter travel to where it is kept, what else is said of it, and to everybody
 * which partitions have been written and which feeders have a supply meter.
 */
public final class PackedRow {
    /** Words on time; the window is that of their event times. */
    public static final int ON_TIME = 0;

    /** Late words; the window is that of their arrival. */
    public static final int LATE = 1;

    /** An {@link Announcement}; the window is that of its arrival. */
    public static final int ANNOUNCEMENT = 2;

    /** A {@link Pulse}, of no meter; the window is one of {@link Pulse#lengthMs}. */
    public static final int PULSE = 3;

    /** Words that are signs of life only; the window is that of their arrival. */
    public static final int AHEAD = 4;

    /** The name of a feeder that has a supply meter, of no meter, for everybody. */
    public static final int SUPPLIED = 5;

    /** That a meter lost power: when, by its clock; the window is that of the arrival. */
    public static final int LOST_POWER = 6;

    private static final int METER_ID = 0;
    private static final int COMMODITY = 1;
    private static final int KIND = 2;
    private static final int START_MS = 3;
    private static final int BYTES = 4;
    private static final int WIDTH = 5;

    private PackedRow() {}

    /** The SQL type. */
    public static RowType type() {
        return new RowType(
                false,
                List.of(
                        new RowField("meter_id", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("commodity", new IntType()),
                        new RowField("kind", new IntType()),
                        new RowField("start_ms", new BigIntType()),
                        new RowField("bytes", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData empty() {
        return new GenericRowData(WIDTH);
    }

    static void fill(
            GenericRowData out,
            StringData meterId,
            int commodity,
            int kind,
            long startMs,
            byte[] bytes) {
        out.setField(METER_ID, meterId);
        out.setField(COMMODITY, commodity);
        out.setField(KIND, kind);
        out.setField(START_MS, startMs);
        out.setField(BYTES, bytes);
    }

    /** A hash of the meter's id that is the same for ever: state is found by it again. */
    public static int meterHash(RowData row) {
        return RowKey.hash(row.getString(METER_ID));
    }

    public static RowKey meter(RowData row, RowKey into) {
        return into.set(row.getString(METER_ID), row.getInt(COMMODITY));
    }

    public static int kind(RowData row) {
        return row.getInt(KIND);
    }

    /** Start of the window. */
    public static long startMs(RowData row) {
        return row.getLong(START_MS);
    }

    public static byte[] bytes(RowData row) {
        return row.getBinary(BYTES);
    }
}
