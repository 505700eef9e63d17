package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Commodity;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.ArrayList;
import java.util.List;

/** How changes of groups travel, and how groups go out: numbers in thousandths where units are. */
final class GroupRow {
    /** New readings of the slice; then how the figures of the group change. */
    static final int READINGS = 0;

    static final int DEMAND = 1;
    static final int REPORTING = 2;
    static final int HOLDING = 3;
    static final int SILENT = 4;
    static final int ENERGY = 5;
    static final int FIGURES = 6;

    private static final int NAME = 0;
    private static final int NUMBER = 1;
    private static final int END_MS = 2;
    private static final int FIGURE = 3;
    private static final int GROUP_SHIFT = 4;

    private GroupRow() {}

    /** Of a change: the group, its number, the end of the slice, and the changes. */
    static RowType changeType() {
        List<RowField> fields = new ArrayList<>();
        fields.add(new RowField("name", new VarCharType(VarCharType.MAX_LENGTH)));
        fields.add(new RowField("number", new IntType()));
        for (String name :
                List.of(
                        "slice_end_ms",
                        "readings",
                        "demand",
                        "reporting",
                        "holding",
                        "silent",
                        "energy")) {
            fields.add(new RowField(name, new BigIntType()));
        }
        return new RowType(false, fields);
    }

    /** Of the state of a group in a slice. */
    static RowType sliceType() {
        return type(
                List.of("kind", "name", "commodity"),
                List.of(
                        "slice_end_ms",
                        "demand",
                        "reporting",
                        "holding",
                        "silent",
                        "energy_today"));
    }

    /** Of the minute of an area. */
    static RowType minuteType() {
        return type(
                List.of("area", "commodity"),
                List.of("minute_ms", "readings", "meters", "silent", "demand"));
    }

    private static RowType type(List<String> texts, List<String> numbers) {
        List<RowField> fields = new ArrayList<>();
        for (String text : texts) {
            fields.add(new RowField(text, new VarCharType(VarCharType.MAX_LENGTH)));
        }
        for (String number : numbers) {
            fields.add(new RowField(number, new BigIntType()));
        }
        return new RowType(false, fields);
    }

    /** The kind of a group and its commodity as one number. */
    static int number(int kind, int commodity) {
        return kind << GROUP_SHIFT | commodity;
    }

    static int kind(int number) {
        return number >> GROUP_SHIFT;
    }

    static StringData commodity(int number) {
        return Commodity.name(number & (1 << GROUP_SHIFT) - 1);
    }

    static GenericRowData change(StringData name, int number, long endMs, long[] from, int at) {
        GenericRowData row = new GenericRowData(FIGURE + FIGURES);
        row.setField(NAME, name);
        row.setField(NUMBER, number);
        row.setField(END_MS, endMs);
        for (int i = 0; i < FIGURES; i++) {
            row.setField(FIGURE + i, from[at + i]);
        }
        return row;
    }

    static StringData name(RowData change) {
        return change.getString(NAME);
    }

    static int number(RowData change) {
        return change.getInt(NUMBER);
    }

    static long endMs(RowData change) {
        return change.getLong(END_MS);
    }

    static long figure(RowData change, int figure) {
        return change.getLong(FIGURE + figure);
    }

    /** A hash of the group that is the same for ever. */
    static int hash(RowData change) {
        return 31 * java.util.Arrays.hashCode(change.getString(NAME).toBytes())
                + change.getInt(NUMBER);
    }
}
