package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.Geohash;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How the largest meters of a group of keys travel, and how those of all go out: {@code Largest} of
 * contracts/live.py as JSON.
 */
final class LargestRow {
    /** By what they are the largest: contracts/live.py, in its order. */
    static final int POWER = 0;

    static final int ENERGY = 1;
    private static final StringData[] MEASURES = {
        StringData.fromString("power"), StringData.fromString("energy")
    };

    /** How many numbers there are, each of a commodity and by what. */
    static final int NUMBERS = Commodity.COUNT * MEASURES.length;

    private static final int NUMBER = 0;
    private static final int SOURCE = 1;
    private static final int SLICE_END_MS = 2;
    private static final int TEN = 3;

    private LargestRow() {}

    static int number(int commodity, int measure) {
        return commodity * MEASURES.length + measure;
    }

    /** Of the largest of a group of keys: their number, the group's, the minute's end, and they. */
    static RowType partType() {
        return new RowType(
                false,
                List.of(
                        new RowField("number", new IntType()),
                        new RowField("source", new IntType()),
                        new RowField("slice_end_ms", new BigIntType()),
                        new RowField("ten", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData part(int number, int source, long sliceEndMs, byte[] ten) {
        return GenericRowData.of(number, source, sliceEndMs, ten);
    }

    static int number(RowData part) {
        return part.getInt(NUMBER);
    }

    static int source(RowData part) {
        return part.getInt(SOURCE);
    }

    static long sliceEndMs(RowData part) {
        return part.getLong(SLICE_END_MS);
    }

    static byte[] ten(RowData part) {
        return part.getBinary(TEN);
    }

    /** The SQL type of what goes out. */
    static RowType type() {
        return new RowType(
                false,
                List.of(
                        new RowField("slice_end_ms", new BigIntType()),
                        new RowField("commodity", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("measure", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("value", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData row(int number, long sliceEndMs, List<Large> meters) {
        return GenericRowData.of(
                sliceEndMs,
                Commodity.name(number / MEASURES.length),
                MEASURES[number % MEASURES.length],
                json(sliceEndMs, meters));
    }

    /** No text in it needs an escape; Redis compares by what comes first. */
    private static byte[] json(long sliceEndMs, List<Large> meters) {
        StringBuilder json = new StringBuilder("{\"slice_end_ms\":").append(sliceEndMs);
        json.append(",\"meters\":[");
        String separator = "";
        for (Large meter : meters) {
            json.append(separator).append("{\"meter_id\":\"").append(meter.meterId());
            json.append("\",\"area\":\"");
            json.append(new String(Geohash.areaName(meter.area()), StandardCharsets.US_ASCII));
            LiveRow.appendThousandths(json.append("\",\"value\":"), meter.value());
            json.append('}');
            separator = ",";
        }
        return json.append("]}").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
