package io.wattstream.source;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.types.logical.utils.LogicalTypeUtils;
import org.apache.flink.table.types.utils.DataTypeUtils;

import java.util.List;

/**
 * A view of a Kafka table that says of each record what was the largest arrival in its partition
 * before it; so "the arrival went back" is a fixed property of the record.
 *
 * <p>It is in Java because SQL keeps state by key only, and a key costs a shuffle of every record.
 * Here the state is by partition and the operator is chained to the source.
 */
public final class ArrivalOrder {
    private static final String PARTITION = "kafka_partition";
    private static final String ARRIVAL = "arrival";
    private static final String ARRIVAL_MS = "arrival_ms";
    private static final String PARTITION_ARRIVAL = "partition_arrival_ms";

    private ArrivalOrder() {}

    /**
     * Registers a temporary view with the source's columns, its row time and its watermarks, of
     * which two are filled in: {@code arrival_ms}, and {@code partition_arrival_ms}, null for the
     * first record of a partition.
     *
     * <p>The source is planned at once: options of the table environment must be set before.
     *
     * @param source a table with the columns {@code kafka_partition INT}, {@code arrival
     *     TIMESTAMP_LTZ(3)}, {@code arrival_ms BIGINT} and {@code partition_arrival_ms BIGINT}, the
     *     last two computed as null, and one row-time attribute
     * @param view name of the view
     * @throws ValidationException if the table lacks one of these
     */
    public static void createView(StreamTableEnvironment tEnv, String source, String view) {
        Table table = tEnv.from(source);
        ResolvedSchema schema = table.getResolvedSchema();
        String rowTime = rowTime(source, schema);
        int partition = position(source, schema, PARTITION, new IntType());
        int arrival = position(source, schema, ARRIVAL, new LocalZonedTimestampType(3));
        int arrivalMs = position(source, schema, ARRIVAL_MS, new BigIntType());
        int partitionArrival = position(source, schema, PARTITION_ARRIVAL, new BigIntType());

        RowType row =
                (RowType)
                        DataTypeUtils.removeTimeAttribute(schema.toSourceRowDataType())
                                .getLogicalType();
        DataStream<RowData> ordered =
                tEnv.<RowData>toDataStream(table, DataTypeUtils.toInternalDataType(row))
                        .map(
                                new PartitionArrival(
                                        partition, arrival, arrivalMs, partitionArrival))
                        .returns(InternalTypeInfo.of(row))
                        .name("arrival order")
                        .uid("arrival-order");
        tEnv.createTemporaryView(
                view,
                ordered,
                Schema.newBuilder().watermark(rowTime, "SOURCE_WATERMARK()").build());
    }

    private static String rowTime(String source, ResolvedSchema schema) {
        List<String> rowTimes =
                schema.getColumns().stream()
                        .filter(
                                c ->
                                        LogicalTypeChecks.isRowtimeAttribute(
                                                c.getDataType().getLogicalType()))
                        .map(Column::getName)
                        .toList();
        if (rowTimes.size() != 1) {
            throw new ValidationException(
                    "Table '%s' must have one row-time attribute (a WATERMARK), it has %s."
                            .formatted(source, rowTimes));
        }
        return rowTimes.get(0);
    }

    private static int position(
            String source, ResolvedSchema schema, String column, LogicalType expected) {
        int position = schema.getColumnNames().indexOf(column);
        if (position < 0) {
            throw new ValidationException(
                    "Table '%s' must have a column '%s %s'; it has %s."
                            .formatted(source, column, expected, schema.getColumnNames()));
        }
        LogicalType declared = schema.getColumnDataTypes().get(position).getLogicalType();
        if (!LogicalTypeUtils.removeTimeAttributes(declared).copy(true).equals(expected)) {
            throw new ValidationException(
                    "Column '%s' of table '%s' is %s; it must be %s."
                            .formatted(column, source, declared, expected));
        }
        return position;
    }
}
