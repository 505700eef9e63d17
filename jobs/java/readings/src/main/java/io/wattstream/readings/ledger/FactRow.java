package io.wattstream.readings.ledger;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.List;

/** How facts of feeders go out. */
final class FactRow {
    private FactRow() {}

    /** Its subject, and JSON. */
    static RowType type() {
        return new RowType(
                false,
                List.of(
                        new RowField("subject", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("value", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData of(String subject, byte[] value) {
        return GenericRowData.of(StringData.fromString(subject), value);
    }
}
