package io.wattstream.readings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CollectionUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The views over readings: they are what SQL's windows over the readings are. */
class SlicesTest {
    private static final String FIGURES =
            """
            SELECT CAST(CAST(TO_TIMESTAMP_LTZ(%s, 3) AS TIMESTAMP(3)) AS STRING), meter_id, geohash,
                readings, first_seq, last_seq, first_stamped, last_stamped, low_register,
                high_register, demand_sum, demand_min, demand_max
            FROM %s
            """;

    private static final String OUTSIDE =
            """
            SELECT *
            FROM TUMBLE(TABLE %2$s, DESCRIPTOR(%3$s), INTERVAL '%4$s)
            WHERE CAST(TO_TIMESTAMP_LTZ(%1$s, 3) AS TIMESTAMP(3)) <> %5$s
            """;

    private StreamTableEnvironment tEnv;

    @BeforeEach
    void environment() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(2);
        env.getConfig().enableObjectReuse();
        tEnv = StreamTableEnvironment.create(env);
        tEnv.getConfig().set("table.local-time-zone", "UTC");
        Random random = new Random(1);
        List<Row> readings = new ArrayList<>();
        for (int n = 0; n < 2_000; n++) {
            long ts = 60L * n + random.nextInt(900);
            readings.add(
                    Row.of(
                            "meter-" + random.nextInt(7),
                            "gcpvj",
                            "gas",
                            (long) n,
                            random.nextLong() >>> 1,
                            (long) random.nextInt(1_000),
                            (long) random.nextInt(),
                            ts));
        }
        tEnv.createTemporaryView(
                "readings",
                env.fromData(readings),
                Schema.newBuilder()
                        .column("f0", DataTypes.STRING())
                        .column("f1", DataTypes.STRING())
                        .column("f2", DataTypes.STRING())
                        .column("f3", DataTypes.BIGINT())
                        .column("f4", DataTypes.BIGINT())
                        .column("f5", DataTypes.BIGINT())
                        .column("f6", DataTypes.BIGINT())
                        .column("f7", DataTypes.BIGINT())
                        .columnByExpression("event_time", "TO_TIMESTAMP_LTZ(f7, 3)")
                        .watermark("event_time", "event_time - INTERVAL '1' SECOND")
                        .build());
        tEnv.executeSql(
                """
                CREATE TEMPORARY VIEW on_time_readings AS
                SELECT f0 AS meter_id, f1 AS geohash, f2 AS commodity, f3 AS seq,
                    f5 AS register, f4 AS stamped_register, f6 AS demand, f7 AS ts
                FROM readings
                """);
    }

    @Test
    void slicesAndMinutesAreTheWindowsOfSql() {
        Slices.createViews(tEnv, "on_time_readings", "slices", "minutes", 5_000);

        List<String> slices = windows("window_end", "5' SECOND");
        List<String> minutes = windows("window_start", "1' MINUTE");

        assertEquals(slices, rows(FIGURES.formatted("slice_end_ms", "slices")));
        assertEquals(minutes, rows(FIGURES.formatted("minute_ms", "minutes")));
        assertTrue(slices.size() > 100);
        assertTrue(minutes.size() > 10);
    }

    @Test
    void windowsOverThemAreTheirOwn() {
        Slices.createViews(tEnv, "on_time_readings", "slices", "minutes", 5_000);

        assertEquals(
                List.of(),
                rows(
                        OUTSIDE.formatted(
                                "slice_end_ms",
                                "slices",
                                "slice_time",
                                "5' SECOND",
                                "window_end")));
        assertEquals(
                List.of(),
                rows(
                        OUTSIDE.formatted(
                                "minute_ms",
                                "minutes",
                                "minute_time",
                                "1' MINUTE",
                                "window_start")));
    }

    @Test
    void aTableThatLacksAColumnIsRefused() {
        tEnv.createTemporaryView(
                "without_seq", tEnv.sqlQuery("SELECT meter_id, ts FROM on_time_readings"));

        var refusal =
                assertThrows(
                        ValidationException.class,
                        () -> Slices.createViews(tEnv, "without_seq", "slices", "minutes", 5_000));

        assertTrue(refusal.getMessage().contains("must have a column 'geohash'"));
    }

    private List<String> windows(String time, String length) {
        return rows(
                """
                SELECT CAST(%s AS STRING), f0, MAX(f1), COUNT(*), MIN(f3), MAX(f3), MIN(f4),
                    MAX(f4), MIN(f5), MAX(f5), SUM(f6), MIN(f6), MAX(f6)
                FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '%s)
                GROUP BY f0, window_start, window_end
                """
                        .formatted(time, length));
    }

    private List<String> rows(String query) {
        return CollectionUtil.iteratorToList(tEnv.executeSql(query).collect()).stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }
}
