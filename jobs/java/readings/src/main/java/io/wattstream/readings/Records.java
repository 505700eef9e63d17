package io.wattstream.readings;

import io.wattstream.readings.decoding.ReadingColumn;
import io.wattstream.readings.records.PartitionArrival;
import io.wattstream.readings.records.RecordRow;
import io.wattstream.readings.records.RecordSchema;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;

import java.time.Duration;

/**
 * A view of what Kafka holds: a row for each record, good or bad, in the order of its partition.
 *
 * <p>It is in Java because SQL keeps state by key only, and a key costs a shuffle of every record,
 * where the order of a partition is one number; and because a table over Kafka makes three rows of
 * each record before that: docs/decisions/0001-java-at-the-source.md.
 */
public final class Records {
    private Records() {}

    /**
     * Registers a temporary view with the columns that are named, of {@link ReadingColumn}, and
     * {@code arrival}, its row time; {@code kafka_partition}; {@code kafka_offset}; {@code
     * arrival_ms}; {@code partition_arrival_ms}, the largest arrival in the partition before the
     * record, null for its first; and {@code paced}, whether the pacemaker wrote it.
     *
     * <p>The topic is read from its beginning. The arrival is the record's timestamp, and time goes
     * by it: windows over event time ask what a watermark says, not where it comes from.
     *
     * @param bootstrap Kafka's servers
     * @param group under which offsets are committed
     * @param columns what is not named is not made
     * @param lateMs how far the watermark is behind the largest arrival; and one millisecond more,
     *     so that a record which stands exactly there is before it
     * @param view name of the view
     * @throws org.apache.flink.table.api.ValidationException if there is no column of such a name
     */
    public static void createView(
            StreamExecutionEnvironment env,
            StreamTableEnvironment tEnv,
            String bootstrap,
            String topic,
            String group,
            String[] columns,
            long lateMs,
            String view) {
        RecordRow row = RecordRow.of(columns);
        KafkaSource<RowData> source =
                KafkaSource.<RowData>builder()
                        .setBootstrapServers(bootstrap)
                        .setTopics(topic)
                        .setGroupId(group)
                        .setProperty("isolation.level", "read_committed")
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setDeserializer(new RecordSchema(row))
                        .build();
        DataStream<RowData> records =
                env.fromSource(source, time(lateMs), "readings").uid("readings");
        createView(tEnv, records, row, view);
    }

    /**
     * Time as arrival tells it. A partition that is silent is never left out: silence is not the
     * end of time, docs/decisions/0002-time-is-in-the-log.md.
     */
    static WatermarkStrategy<RowData> time(long lateMs) {
        return WatermarkStrategy.forBoundedOutOfOrderness(Duration.ofMillis(lateMs));
    }

    /** Registers the view over rows whose {@code partition_arrival_ms} is still to be filled in. */
    static void createView(
            StreamTableEnvironment tEnv, DataStream<RowData> records, RecordRow row, String view) {
        DataStream<RowData> ordered =
                records.map(new PartitionArrival(row))
                        .returns(InternalTypeInfo.of(row.type()))
                        .name("arrival order")
                        .uid("arrival-order");
        tEnv.createTemporaryView(
                view,
                ordered,
                Schema.newBuilder().watermark(RecordRow.ARRIVAL, "SOURCE_WATERMARK()").build());
    }
}
