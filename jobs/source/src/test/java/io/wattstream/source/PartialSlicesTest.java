package io.wattstream.source;

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

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The view over readings: a window over its rows is one over the readings. */
class PartialSlicesTest {
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
            readings.add(
                    Row.of(
                            "meter-" + random.nextInt(7),
                            "gcpvj",
                            "gas",
                            (long) n,
                            random.nextLong() >>> 1,
                            (long) random.nextInt(1_000),
                            (long) random.nextInt(),
                            Instant.ofEpochMilli(20L * n + random.nextInt(900))));
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
                        .column("f7", DataTypes.TIMESTAMP_LTZ(3))
                        .columnByExpression("event_time", "f7")
                        .watermark("event_time", "event_time - INTERVAL '1' SECOND")
                        .build());
        tEnv.executeSql(
                """
                CREATE TEMPORARY VIEW on_time_readings AS
                SELECT f0 AS meter_id, f1 AS geohash, f2 AS commodity, f3 AS seq,
                    f5 AS register, f4 AS stamped_register, f6 AS demand, event_time
                FROM readings
                """);
    }

    @Test
    void slicesOfPartsAreThoseOfReadings() {
        PartialSlices.createView(tEnv, "on_time_readings", "partial_slices", 5_000);

        List<String> direct =
                rows(
                        """
                        SELECT CAST(window_start AS STRING), meter_id, MAX(geohash), COUNT(*),
                            MIN(seq), MAX(seq), MIN(stamped_register), MAX(stamped_register),
                            MIN(register), MAX(register), SUM(demand), MIN(demand), MAX(demand)
                        FROM TUMBLE(
                            TABLE on_time_readings, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
                        GROUP BY meter_id, window_start, window_end
                        """);
        List<String> ofParts =
                rows(
                        """
                        SELECT CAST(window_start AS STRING), meter_id, MAX(geohash), SUM(readings),
                            MIN(first_seq), MAX(last_seq), MIN(first_stamped), MAX(last_stamped),
                            MIN(low_register), MAX(high_register), SUM(demand_sum),
                            MIN(demand_min), MAX(demand_max)
                        FROM TUMBLE(
                            TABLE partial_slices, DESCRIPTOR(event_time), INTERVAL '5' SECOND)
                        GROUP BY meter_id, window_start, window_end
                        """);

        assertEquals(direct, ofParts);
        assertTrue(direct.size() > 50);
    }

    @Test
    void aTableThatLacksAColumnIsRefused() {
        tEnv.createTemporaryView(
                "without_seq", tEnv.sqlQuery("SELECT meter_id, event_time FROM on_time_readings"));

        var refusal =
                assertThrows(
                        ValidationException.class,
                        () -> PartialSlices.createView(tEnv, "without_seq", "parts", 5_000));

        assertTrue(refusal.getMessage().contains("must have a column 'geohash'"));
    }

    private List<String> rows(String query) {
        return CollectionUtil.iteratorToList(tEnv.executeSql(query).collect()).stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }
}
