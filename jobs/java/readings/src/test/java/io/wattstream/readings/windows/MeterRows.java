package io.wattstream.readings.windows;

import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Rows of meters as tests write and read them. */
final class MeterRows {
    /** Where the figures of a row begin. */
    private static final int FIGURE = 3;

    private MeterRows() {}

    static GenericRowData row(
            String meter, String geohash, String commodity, long timeMs, long... figures) {
        GenericRowData row = MeterRow.empty();
        row.setField(0, StringData.fromString(meter));
        row.setField(1, StringData.fromString(geohash));
        row.setField(2, StringData.fromString(commodity));
        for (int i = 0; i < figures.length; i++) {
            row.setField(FIGURE + i, figures[i]);
        }
        row.setField(FIGURE + figures.length, timeMs);
        return row;
    }

    static long[] figures(RowData row) {
        long[] figures = new long[Figure.COUNT];
        for (int i = 0; i < figures.length; i++) {
            figures[i] = row.getLong(FIGURE + i);
        }
        return figures;
    }

    /** Readings and demand are added up; of the others the least and the largest alternate. */
    static long[] sum(long[] x, long[] y) {
        return new long[] {
            x[0] + y[0],
            Math.min(x[1], y[1]),
            Math.max(x[2], y[2]),
            Math.min(x[3], y[3]),
            Math.max(x[4], y[4]),
            Math.min(x[5], y[5]),
            Math.max(x[6], y[6]),
            x[7] + y[7],
            Math.min(x[8], y[8]),
            Math.max(x[9], y[9])
        };
    }

    /** As {@code meter geohash commodity time: figures}. */
    static String text(RowData row) {
        String who = row.getString(0) + " " + row.getString(1) + " " + row.getString(2);
        return text(who, MeterRow.timeMs(row), figures(row));
    }

    static String text(String who, long timeMs, long[] figures) {
        StringBuilder text = new StringBuilder(who + " " + timeMs + ":");
        for (long figure : figures) {
            text.append(' ').append(figure);
        }
        return text.toString();
    }

    /** What an operator has sent, watermarks left out. */
    static List<RowData> sent(Collection<Object> output) {
        List<RowData> rows = new ArrayList<>();
        for (Object each : output) {
            if (each instanceof StreamRecord<?> record) {
                rows.add((RowData) record.getValue());
            }
        }
        return rows;
    }
}
