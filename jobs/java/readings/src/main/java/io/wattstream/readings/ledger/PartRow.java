package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.List;

/**
 * How what changes of a feeder in a slice travels: its name, the slice's end, and a {@link
 * FeederPart} or a {@link DayPart}.
 */
final class PartRow {
    private static final int NAME = 0;
    private static final int END_MS = 1;
    private static final int PART = 2;

    private PartRow() {}

    static RowType type() {
        return new RowType(
                false,
                List.of(
                        new RowField("name", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("slice_end_ms", new BigIntType()),
                        new RowField("part", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData of(String name, long endMs, byte[] part) {
        return GenericRowData.of(StringData.fromString(name), endMs, part);
    }

    static String name(RowData row) {
        return row.getString(NAME).toString();
    }

    static long endMs(RowData row) {
        return row.getLong(END_MS);
    }

    static byte[] bytes(RowData row) {
        return row.getBinary(PART);
    }

    /** A hash of the feeder that is the same for ever. */
    static int hash(RowData row) {
        return RowKey.hash(row.getString(NAME));
    }
}
