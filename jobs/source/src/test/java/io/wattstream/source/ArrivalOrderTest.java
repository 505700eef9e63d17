package io.wattstream.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CollectionUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/** The view over a table: its columns, its time, and what becomes of it in a plan. */
class ArrivalOrderTest {
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
        tEnv.createTemporaryView(
                "readings",
                env.fromData(
                        record(0, 1_000, "a"),
                        record(1, 2_000, "b"),
                        record(0, 3_000, "a"),
                        record(0, 2_500, "a"),
                        record(0, 4_000, "b"),
                        record(0, 99_000, "z"),
                        record(0, 1_500, "behind the watermark")),
                Schema.newBuilder()
                        .column("f0", DataTypes.INT().notNull())
                        .column("f1", DataTypes.TIMESTAMP_LTZ(3).notNull())
                        .column("f2", DataTypes.STRING())
                        .columnByExpression("kafka_partition", "f0")
                        .columnByExpression("arrival", "f1")
                        .columnByExpression("arrival_ms", "CAST(NULL AS BIGINT)")
                        .columnByExpression("partition_arrival_ms", "CAST(NULL AS BIGINT)")
                        .watermark("arrival", "arrival - INTERVAL '1' SECOND")
                        .build());
    }

    private static Row record(int partition, long arrivalMs, String meter) {
        return Row.of(partition, Instant.ofEpochMilli(arrivalMs), meter);
    }

    @Test
    void fillsInTheArrivals() {
        ArrivalOrder.createView(tEnv, "readings", "ordered_readings");

        List<Row> rows =
                rows(
                        "SELECT kafka_partition, arrival_ms, partition_arrival_ms FROM"
                                + " ordered_readings");

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
    void keepsTheRowTimeAndTheWatermarks() {
        ArrivalOrder.createView(tEnv, "readings", "ordered_readings");

        List<Row> rows =
                rows(
                        """
                        SELECT f2, COUNT(*), MAX(partition_arrival_ms)
                        FROM TUMBLE(
                            TABLE ordered_readings, DESCRIPTOR(arrival), INTERVAL '5' SECOND)
                        GROUP BY f2, window_start, window_end
                        """);

        assertEquals(
                List.of(Row.of("a", 3L, 3_000L), Row.of("b", 2L, 3_000L), Row.of("z", 1L, 4_000L)),
                rows.stream().sorted((x, y) -> x.toString().compareTo(y.toString())).toList());
    }

    @Test
    void isComputedOnceForTwoInsertsAndSoIsASharedWindow() {
        ArrivalOrder.createView(tEnv, "readings", "ordered_readings");
        tEnv.executeSql(
                """
                CREATE TEMPORARY VIEW slices AS
                SELECT f2, window_time AS slice_time, COUNT(*) AS n
                FROM TUMBLE(
                    TABLE ordered_readings, DESCRIPTOR(arrival), INTERVAL '5' SECOND)
                GROUP BY f2, window_start, window_end, window_time
                """);
        tEnv.executeSql(
                "CREATE TABLE first_sink (f2 STRING, n BIGINT) WITH ('connector' = 'blackhole')");
        tEnv.executeSql("CREATE TABLE second_sink (n BIGINT) WITH ('connector' = 'blackhole')");
        var inserts =
                tEnv.createStatementSet()
                        .addInsertSql("INSERT INTO first_sink SELECT f2, n FROM slices")
                        .addInsertSql(
                                """
                                INSERT INTO second_sink SELECT SUM(n)
                                FROM TUMBLE(
                                    TABLE slices, DESCRIPTOR(slice_time), INTERVAL '60' SECOND)
                                GROUP BY window_start, window_end
                                """)
                        .addInsertSql(
                                "INSERT INTO second_sink SELECT partition_arrival_ms FROM"
                                        + " ordered_readings");

        String plan = inserts.explain(ExplainDetail.JSON_EXECUTION_PLAN);
        String physical = plan.substring(plan.indexOf("== Physical Execution Plan =="));

        assertEquals(1, occurrences(physical, "\"contents\" : \"arrival order\""));
        assertEquals(
                1,
                occurrences(physical, "stream=default_catalog.default_database.ordered_readings"));
        assertEquals(1, occurrences(physical, ":GlobalWindowAggregate(groupBy=[f2]"));
    }

    @Test
    void aTableWithoutThePartitionIsRefused() {
        tEnv.createTemporaryView(
                "unpartitioned", tEnv.sqlQuery("SELECT arrival, f2 FROM readings"));

        ValidationException error =
                assertThrows(
                        ValidationException.class,
                        () -> ArrivalOrder.createView(tEnv, "unpartitioned", "ordered_readings"));

        assertTrue(error.getMessage().contains("kafka_partition INT"), error.getMessage());
    }

    private List<Row> rows(String query) {
        return CollectionUtil.iteratorToList(tEnv.executeSql(query).collect());
    }

    private static int occurrences(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }
}
