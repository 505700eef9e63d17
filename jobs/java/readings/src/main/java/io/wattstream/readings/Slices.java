package io.wattstream.readings;

import io.wattstream.readings.windows.MeterRow;
import io.wattstream.readings.windows.PartialSliceOperator;
import io.wattstream.readings.windows.SliceOperator;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.utils.DataTypeUtils;
import org.apache.flink.util.OutputTag;

/**
 * Views of what every meter did in each slice and in each minute, from one pass over its readings.
 *
 * <p>They are in Java because SQL's windows keep state, and set a timer, for each meter and window,
 * and its local aggregation keeps the readings themselves until it sends their sum:
 * docs/decisions/0011-readings-are-added-up-first.md and 0012-slices-are-tables.md.
 */
public final class Slices {
    private static final OutputTag<RowData> MINUTES =
            new OutputTag<>("minutes", InternalTypeInfo.of(MeterRow.type("minute_ms")));

    private Slices() {}

    /**
     * Registers two temporary views. Both have the columns {@code meter_id}, {@code geohash},
     * {@code commodity}, {@code readings}, {@code first_seq}, {@code last_seq}, {@code
     * first_stamped}, {@code last_stamped}, {@code low_register}, {@code high_register}, {@code
     * demand_sum}, {@code demand_min} and {@code demand_max}; slices have {@code slice_end_ms} and
     * the row time {@code slice_time}, minutes {@code minute_ms}, the start, and the row time
     * {@code minute_time}, each the last millisecond of its window.
     *
     * @param source a table with {@code meter_id}, {@code geohash}, {@code commodity}, {@code seq},
     *     {@code stamped_register}, {@code register}, {@code demand} and {@code ts}, none of them
     *     ever null, and watermarks of the time that {@code ts} tells in epoch milliseconds
     * @param slices name of the view of slices
     * @param minutes name of the view of minutes
     * @param sliceMs length of a slice, which divides a minute
     * @throws ValidationException if the table lacks one of these
     */
    public static void createViews(
            StreamTableEnvironment tEnv,
            String source,
            String slices,
            String minutes,
            long sliceMs) {
        SingleOutputStreamOperator<RowData> closed =
                parts(tEnv, source, sliceMs)
                        .keyBy(MeterRow::meterHash, Types.INT)
                        // Whoever looks for windows, as of SQL, finds it by this name.
                        .transform(
                                "MeterWindowAggregate",
                                InternalTypeInfo.of(MeterRow.type("slice_end_ms")),
                                new SliceOperator(sliceMs, MINUTES))
                        .uid("slices");
        createView(tEnv, slices, closed, "slice_time");
        createView(tEnv, minutes, closed.getSideOutput(MINUTES), "minute_time");
    }

    private static DataStream<RowData> parts(
            StreamTableEnvironment tEnv, String source, long sliceMs) {
        Table table = tEnv.from(source);
        ResolvedSchema schema = table.getResolvedSchema();
        PartialSliceOperator.Columns columns =
                new PartialSliceOperator.Columns(
                        position(source, schema, "meter_id"),
                        position(source, schema, "geohash"),
                        position(source, schema, "commodity"),
                        position(source, schema, "seq"),
                        position(source, schema, "stamped_register"),
                        position(source, schema, "register"),
                        position(source, schema, "demand"),
                        position(source, schema, "ts"));
        return tEnv.<RowData>toDataStream(
                        table,
                        DataTypeUtils.toInternalDataType(
                                DataTypeUtils.removeTimeAttribute(schema.toSourceRowDataType())
                                        .getLogicalType()))
                .transform(
                        "partial slices",
                        InternalTypeInfo.of(MeterRow.type("slice_start_ms")),
                        new PartialSliceOperator(columns, sliceMs))
                .uid("partial-slices");
    }

    private static void createView(
            StreamTableEnvironment tEnv, String view, DataStream<RowData> rows, String rowTime) {
        tEnv.createTemporaryView(
                view,
                rows,
                Schema.newBuilder()
                        .columnByMetadata(rowTime, DataTypes.TIMESTAMP_LTZ(3), "rowtime")
                        .watermark(rowTime, "SOURCE_WATERMARK()")
                        .build());
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
