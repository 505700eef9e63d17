package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.Words;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.ArrayList;
import java.util.List;

/** How a meter's minute or period goes out: what came on time, or late in a window of arrival. */
final class HistoryRow {
    private static final int METER_ID = 0;
    private static final int GEOHASH = 1;
    private static final int COMMODITY = 2;
    private static final int START_MS = 3;
    private static final int CORRECTED_AT = 4;
    private static final int FIGURE = 5;

    private HistoryRow() {}

    /**
     * The SQL type.
     *
     * @param start what the beginning of the minute or period is called
     */
    static RowType type(String start) {
        List<RowField> fields = new ArrayList<>();
        for (String text : List.of("meter_id", "geohash", "commodity")) {
            fields.add(new RowField(text, new VarCharType(VarCharType.MAX_LENGTH)));
        }
        for (String number : List.of(start, "corrected_at")) {
            fields.add(new RowField(number, new BigIntType()));
        }
        for (String figure : Figure.columns()) {
            fields.add(new RowField(figure, new BigIntType()));
        }
        return new RowType(false, fields);
    }

    static GenericRowData empty() {
        return new GenericRowData(FIGURE + Figure.COUNT);
    }

    /** Gives a row the figures that begin there. */
    static void fill(
            GenericRowData out,
            RowKey meter,
            long startMs,
            long correctedAtMs,
            long[] figures,
            int at) {
        out.setField(METER_ID, meter.id());
        out.setField(GEOHASH, StringData.fromBytes(Geohash.unpack(figures[at + Figures.GEOHASH])));
        out.setField(COMMODITY, Commodity.name(meter.number()));
        out.setField(START_MS, startMs);
        out.setField(CORRECTED_AT, correctedAtMs);
        for (int i = 0; i < Figure.COUNT; i++) {
            long value = i == Figures.EXPECTED ? Figures.expected(figures, at) : figures[at + i];
            out.setField(FIGURE + i, value == Words.NONE ? null : value);
        }
    }
}
