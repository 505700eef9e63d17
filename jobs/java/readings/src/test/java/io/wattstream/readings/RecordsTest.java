package io.wattstream.readings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wattstream.readings.decoding.Decoding;
import io.wattstream.readings.records.RecordRow;
import io.wattstream.readings.records.RecordRows;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.util.CollectionUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The view over records: its columns, its time, and what becomes of it in a plan. */
class RecordsTest {
    private static final RecordRow ROW = RecordRow.of("meter_id");

    private StreamTableEnvironment tEnv;

    @BeforeEach
    void environment() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        env.getConfig().enableObjectReuse();
        tEnv = StreamTableEnvironment.create(env);
        tEnv.getConfig()
                .set("table.optimizer.reuse-optimize-block-with-digest-enabled", "true")
                .set("table.local-time-zone", "UTC");
        DataStream<RowData> records =
                env.fromData(
                                Tuple3.of(0, 1_000L, "a"),
                                Tuple3.of(1, 2_000L, "b"),
                                Tuple3.of(0, 3_000L, "a"),
                                Tuple3.of(0, 2_500L, "a"),
                                Tuple3.of(0, 4_000L, "b"),
                                Tuple3.of(0, 99_000L, "z"),
                                Tuple3.of(0, 1_500L, "behind"))
                        .map(record -> row(record.f0, record.f1, record.f2))
                        .returns(InternalTypeInfo.of(ROW.type()))
                        .assignTimestampsAndWatermarks(
                                WatermarkStrategy.<RowData>forGenerator(context -> new AtOnce())
                                        .withTimestampAssigner(
                                                (row, none) -> RecordRows.arrivalMs(ROW, row)));
        Records.createView(tEnv, records, ROW, "records");
    }

    private static RowData row(int partition, long arrivalMs, String meter) {
        return RecordRows.row(ROW, partition, arrivalMs, Decoding.GOOD.replace("MAC000002", meter));
    }

    @Test
    void fillsInTheArrivals() {
        List<Row> rows =
                rows("SELECT kafka_partition, arrival_ms, partition_arrival_ms FROM records");

        assertEquals(
                List.of(
                        Row.of(0, 1_000L, null),
                        Row.of(1, 2_000L, null),
                        Row.of(0, 3_000L, 1_000L),
                        Row.of(0, 2_500L, 3_000L),
                        Row.of(0, 4_000L, 3_000L),
                        Row.of(0, 99_000L, 4_000L),
                        Row.of(0, 1_500L, 99_000L)),
                rows);
    }

    @Test
    void timeIsBehindTheLargestArrival() {
        List<Watermark> told = new ArrayList<>();
        WatermarkGenerator<RowData> time = Records.time(3_000).createWatermarkGenerator(null);
        for (long arrivalMs : List.of(50_000L, 70_000L, 60_000L)) {
            time.onEvent(row(0, arrivalMs, "a"), arrivalMs, output(told));
        }
        time.onPeriodicEmit(output(told));

        assertEquals(List.of(new Watermark(66_999)), told);
    }

    private static WatermarkOutput output(List<Watermark> told) {
        return new WatermarkOutput() {
            @Override
            public void emitWatermark(Watermark watermark) {
                told.add(watermark);
            }

            @Override
            public void markIdle() {
                throw new AssertionError("a partition is never idle");
            }

            @Override
            public void markActive() {}
        };
    }

    @Test
    void keepsTheRowTimeAndTheWatermarks() {
        List<Row> rows =
                rows(
                        """
                        SELECT meter_id, COUNT(*), MAX(partition_arrival_ms)
                        FROM TUMBLE(
                            TABLE records, DESCRIPTOR(arrival), INTERVAL '5' SECOND)
                        GROUP BY meter_id, window_start, window_end
                        """);

        assertEquals(
                List.of(Row.of("a", 3L, 3_000L), Row.of("b", 2L, 3_000L), Row.of("z", 1L, 4_000L)),
                rows.stream().sorted((x, y) -> x.toString().compareTo(y.toString())).toList());
    }

    @Test
    void isComputedOnceForTwoInsertsAndSoIsASharedWindow() {
        tEnv.executeSql(
                """
                CREATE TEMPORARY VIEW slices AS
                SELECT meter_id, window_time AS slice_time, COUNT(*) AS n
                FROM TUMBLE(
                    TABLE records, DESCRIPTOR(arrival), INTERVAL '5' SECOND)
                GROUP BY meter_id, window_start, window_end, window_time
                """);
        tEnv.executeSql(
                "CREATE TABLE first_sink (meter_id STRING, n BIGINT) WITH ('connector' = 'blackhole')");
        tEnv.executeSql("CREATE TABLE second_sink (n BIGINT) WITH ('connector' = 'blackhole')");
        var inserts =
                tEnv.createStatementSet()
                        .addInsertSql("INSERT INTO first_sink SELECT meter_id, n FROM slices")
                        .addInsertSql(
                                """
                                INSERT INTO second_sink SELECT SUM(n)
                                FROM TUMBLE(
                                    TABLE slices, DESCRIPTOR(slice_time), INTERVAL '60' SECOND)
                                GROUP BY window_start, window_end
                                """)
                        .addInsertSql(
                                "INSERT INTO second_sink SELECT partition_arrival_ms FROM records");

        String plan = inserts.explain(ExplainDetail.JSON_EXECUTION_PLAN);
        String physical = plan.substring(plan.indexOf("== Physical Execution Plan =="));

        assertEquals(1, occurrences(physical, "\"contents\" : \"arrival order\""));
        assertEquals(1, occurrences(physical, "stream=default_catalog.default_database.records"));
        assertEquals(1, occurrences(physical, ":GlobalWindowAggregate(groupBy=[meter_id]"));
    }

    @Test
    void aColumnThatDoesNotExistIsRefused() {
        ValidationException error =
                assertThrows(ValidationException.class, () -> RecordRow.of("meter_id", "METER_ID"));

        assertTrue(error.getMessage().contains("'METER_ID'"), error.getMessage());
    }

    private List<Row> rows(String query) {
        return CollectionUtil.iteratorToList(tEnv.executeSql(query).collect());
    }

    private static int occurrences(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /** A second behind each record. */
    private static final class AtOnce implements WatermarkGenerator<RowData> {
        @Override
        public void onEvent(RowData row, long timestampMs, WatermarkOutput output) {
            output.emitWatermark(new Watermark(timestampMs - 1_000));
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }
}
