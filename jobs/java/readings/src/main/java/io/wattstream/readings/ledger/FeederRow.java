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

import javax.annotation.Nullable;

/** How what changes behind feeders travels, and how facts of them go out. */
final class FeederRow {
    private static final int NAME = 0;
    private static final int END_MS = 1;
    private static final int LAST_LIFE_MS = 2;
    private static final int CHANGES = 3;
    private static final int LOAD = 4;

    private FeederRow() {}

    /**
     * Of a change: the feeder, the slice's end, the latest sign of life, {@link FeederPart}, and
     * {@link Load}.
     */
    static RowType partType() {
        return new RowType(
                false,
                List.of(
                        new RowField("name", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("slice_end_ms", new BigIntType()),
                        new RowField("last_life_ms", new BigIntType()),
                        new RowField("changes", new VarBinaryType(VarBinaryType.MAX_LENGTH)),
                        new RowField("load", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    /** Of a fact: its subject, and JSON. */
    static RowType factType() {
        return new RowType(
                false,
                List.of(
                        new RowField("subject", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("value", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData part(
            String name,
            long endMs,
            long lastLifeMs,
            @Nullable byte[] changes,
            @Nullable byte[] load) {
        return GenericRowData.of(StringData.fromString(name), endMs, lastLifeMs, changes, load);
    }

    static String name(RowData part) {
        return part.getString(NAME).toString();
    }

    static long endMs(RowData part) {
        return part.getLong(END_MS);
    }

    static long lastLifeMs(RowData part) {
        return part.getLong(LAST_LIFE_MS);
    }

    @Nullable
    static byte[] changes(RowData part) {
        return part.isNullAt(CHANGES) ? null : part.getBinary(CHANGES);
    }

    @Nullable
    static byte[] load(RowData part) {
        return part.isNullAt(LOAD) ? null : part.getBinary(LOAD);
    }

    static GenericRowData fact(String subject, byte[] value) {
        return GenericRowData.of(StringData.fromString(subject), value);
    }

    /** A hash of the feeder that is the same for ever. */
    static int hash(RowData part) {
        return RowKey.hash(part.getString(NAME));
    }
}
