package io.wattstream.source;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.utils.DataTypeUtils;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A view of readings, added up by slice and meter as far as one subtask of the source has them.
 *
 * <p>It is in Java because Flink's own local aggregation keeps the readings themselves until it
 * sends their sum, and runs out of memory long before a slice is over.
 */
public final class PartialSlices {
    static final int METER_ID = 0;
    static final int GEOHASH = 1;
    static final int COMMODITY = 2;

    /** The figures follow one another as in {@link SliceTable}. */
    static final int FIRST_FIGURE = 3;

    static final int EVENT_TIME = FIRST_FIGURE + SliceTable.FIGURES;
    static final int WIDTH = EVENT_TIME + 1;

    private static final List<String> FIGURES =
            List.of(
                    "readings",
                    "first_seq",
                    "last_seq",
                    "first_stamped",
                    "last_stamped",
                    "low_register",
                    "high_register",
                    "demand_sum",
                    "demand_min",
                    "demand_max");

    /** Positions of the input's columns. */
    record Columns(
            int meterId,
            int geohash,
            int commodity,
            int seq,
            int stampedRegister,
            int register,
            int demand,
            int eventTime)
            implements Serializable {}

    private PartialSlices() {}

    /**
     * Registers a temporary view with the columns {@code meter_id}, {@code geohash}, {@code
     * commodity}, {@code readings}, {@code first_seq}, {@code last_seq}, {@code first_stamped},
     * {@code last_stamped}, {@code low_register}, {@code high_register}, {@code demand_sum}, {@code
     * demand_min}, {@code demand_max}, and as row time {@code event_time}, the start of the slice.
     *
     * @param source a table with {@code meter_id}, {@code geohash}, {@code commodity}, {@code seq},
     *     {@code stamped_register}, {@code register}, {@code demand}, none of them ever null, and
     *     the row time {@code event_time}
     * @param view name of the view
     * @param sliceMs length of a slice
     * @throws ValidationException if the table lacks one of these
     */
    public static void createView(
            StreamTableEnvironment tEnv, String source, String view, long sliceMs) {
        Table table = tEnv.from(source);
        ResolvedSchema schema = table.getResolvedSchema();
        Columns columns =
                new Columns(
                        position(source, schema, "meter_id"),
                        position(source, schema, "geohash"),
                        position(source, schema, "commodity"),
                        position(source, schema, "seq"),
                        position(source, schema, "stamped_register"),
                        position(source, schema, "register"),
                        position(source, schema, "demand"),
                        position(source, schema, "event_time"));
        DataStream<RowData> parts =
                tEnv.<RowData>toDataStream(
                                table,
                                DataTypeUtils.toInternalDataType(
                                        DataTypeUtils.removeTimeAttribute(
                                                        schema.toSourceRowDataType())
                                                .getLogicalType()))
                        .transform(
                                "partial slices",
                                InternalTypeInfo.of(row()),
                                new PartialSliceOperator(
                                        columns, sliceMs, PartialSliceOperator.MOST))
                        .uid("partial-slices");
        tEnv.createTemporaryView(
                view,
                parts,
                Schema.newBuilder().watermark("event_time", "SOURCE_WATERMARK()").build());
    }

    private static RowType row() {
        List<RowField> fields = new ArrayList<>();
        for (String text : List.of("meter_id", "geohash", "commodity")) {
            fields.add(new RowField(text, new VarCharType(VarCharType.MAX_LENGTH)));
        }
        for (String figure : FIGURES) {
            fields.add(new RowField(figure, new BigIntType()));
        }
        fields.add(new RowField("event_time", new LocalZonedTimestampType(3)));
        return new RowType(false, fields);
    }

    private static int position(String source, ResolvedSchema schema, String column) {
        int position = schema.getColumnNames().indexOf(column);
        if (position < 0) {
            throw new ValidationException(
                    "Table '%s' must have a column '%s'; it has %s."
                            .formatted(source, column, schema.getColumnNames()));
        }
        return position;
    }
}
