package io.wattstream.readings.windows;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How rows of a {@link MeterTable} travel: the meter, its figures, and the window's time. */
public final class MeterRow {
    private static final int METER_ID = 0;
    private static final int GEOHASH = 1;
    private static final int COMMODITY = 2;
    private static final int FIGURE = 3;
    private static final int TIME_MS = FIGURE + Figure.COUNT;
    private static final int WIDTH = TIME_MS + 1;

    private static final int[] POSITIONS = Figure.positions();

    private MeterRow() {}

    /**
     * The SQL type of a row.
     *
     * @param time what the window's time is called: epoch milliseconds
     */
    public static RowType type(String time) {
        List<RowField> fields = new ArrayList<>();
        for (String text : List.of("meter_id", "geohash", "commodity")) {
            fields.add(new RowField(text, new VarCharType(VarCharType.MAX_LENGTH)));
        }
        for (Figure figure : Figure.values()) {
            fields.add(new RowField(figure.column(), new BigIntType()));
        }
        fields.add(new RowField(time, new BigIntType()));
        return new RowType(false, fields);
    }

    /** A row without content. */
    static GenericRowData empty() {
        return new GenericRowData(WIDTH);
    }

    /** Gives a row the content of a table's row. */
    static void fill(GenericRowData out, MeterTable table, int row, Long timeMs) {
        out.setField(METER_ID, table.meter(row));
        out.setField(GEOHASH, table.geohash(row));
        out.setField(COMMODITY, table.commodity(row));
        for (int i = 0; i < Figure.COUNT; i++) {
            out.setField(FIGURE + i, table.figure(row, POSITIONS[i]));
        }
        out.setField(TIME_MS, timeMs);
    }

    /** Counts a row in a table of the same window, or of one that holds it. */
    static void addTo(MeterTable table, RowData row) {
        long[] figures = new long[Figure.COUNT];
        for (int i = 0; i < Figure.COUNT; i++) {
            figures[POSITIONS[i]] = row.getLong(FIGURE + i);
        }
        table.add(
                row.getString(METER_ID), row.getString(GEOHASH), row.getString(COMMODITY), figures);
    }

    static long timeMs(RowData row) {
        return row.getLong(TIME_MS);
    }

    /** A hash of the meter that is the same for ever: state is found by it again. */
    public static int meterHash(RowData row) {
        return Arrays.hashCode(row.getString(METER_ID).toBytes());
    }
}
