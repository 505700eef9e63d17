package io.wattstream.readings;

import io.wattstream.readings.ledger.LedgerStreams;
import io.wattstream.readings.ledger.Rules;
import io.wattstream.readings.windows.PackOperator;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.utils.DataTypeUtils;

/**
 * Views of what is known of every meter and of the groups that they make, from one pass over the
 * readings.
 *
 * <p>They are in Java because SQL keeps state, and sets a timer, for each meter and window, and
 * cannot keep what a ledger of meters must: docs/decisions/0019-a-ledger-of-meters.md.
 */
public final class Meters {
    private Meters() {}

    /**
     * Registers eight temporary views, of what {@link LedgerStreams} has: live_meters, minutes,
     * periods, group_slices, area_minutes, largest, feeder_facts and meter_hours.
     *
     * @param source a table with the columns of {@link PackOperator.Columns}, by their names, and
     *     watermarks {@code behindMs} behind the arrival
     * @param sliceMs length of a slice, which divides a minute
     * @param behindMs how far the watermark is behind the arrival
     * @param periodMs length of a period, whole minutes, which divides a day
     * @param correctionWindowMs late readings of a minute make one row for so much time of arrival
     * @throws ValidationException if the table lacks a column
     */
    public static void createViews(
            StreamTableEnvironment tEnv,
            String source,
            long sliceMs,
            long behindMs,
            long periodMs,
            long correctionWindowMs) {
        Table table = tEnv.from(source);
        ResolvedSchema schema = table.getResolvedSchema();
        DataStream<RowData> readings =
                tEnv.toDataStream(
                        table,
                        DataTypeUtils.toInternalDataType(
                                DataTypeUtils.removeTimeAttribute(schema.toSourceRowDataType())
                                        .getLogicalType()));
        LedgerStreams streams =
                LedgerStreams.of(
                        readings,
                        columns(source, schema),
                        new Rules(sliceMs, behindMs, periodMs, correctionWindowMs));
        tEnv.createTemporaryView("live_meters", streams.liveMeters());
        tEnv.createTemporaryView("minutes", streams.minutes());
        tEnv.createTemporaryView("periods", streams.periods());
        tEnv.createTemporaryView("group_slices", streams.groupSlices());
        tEnv.createTemporaryView("area_minutes", streams.areaMinutes());
        tEnv.createTemporaryView("largest", streams.largest());
        tEnv.createTemporaryView("feeder_facts", streams.feederFacts());
        tEnv.createTemporaryView("meter_hours", streams.meterHours());
    }

    private static PackOperator.Columns columns(String source, ResolvedSchema schema) {
        return new PackOperator.Columns(
                position(source, schema, "meter_id"),
                position(source, schema, "geohash"),
                position(source, schema, "commodity"),
                position(source, schema, "ts"),
                position(source, schema, "seq"),
                position(source, schema, "register"),
                position(source, schema, "demand"),
                position(source, schema, "voltage_v"),
                position(source, schema, "energy"),
                position(source, schema, "revision"),
                position(source, schema, "quality"),
                position(source, schema, "arrival_ms"),
                position(source, schema, "late"),
                position(source, schema, "announcement"),
                position(source, schema, "feeder"),
                position(source, schema, "region"),
                position(source, schema, "cadence_ms"),
                position(source, schema, "kind"),
                position(source, schema, "register_size"),
                position(source, schema, "removed"),
                position(source, schema, "capacity_w"),
                position(source, schema, "supply"),
                position(source, schema, "installed_ms"),
                position(source, schema, "heartbeat"),
                position(source, schema, "kafka_partition"),
                position(source, schema, "ahead"),
                position(source, schema, "closing"),
                position(source, schema, "lost_power_ms"));
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
