package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The operators as a job has them: between them is a network, and each has several subtasks. */
class LedgerStreamsTest {
    private static final long T = 1_709_251_200_000L;
    private static final int SOURCES = 2;
    private static final int ARRIVAL = Entry.COLUMNS.arrivalMs();

    private static RowType type() {
        LogicalType text = new VarCharType(VarCharType.MAX_LENGTH);
        LogicalType number = new BigIntType();
        LogicalType truth = new BooleanType();
        return RowType.of(
                text,
                text,
                text,
                number,
                number,
                number,
                number,
                new DoubleType(),
                number,
                number,
                text,
                number,
                truth,
                truth,
                text,
                text,
                number,
                text,
                number,
                truth,
                number,
                text,
                number,
                truth,
                new IntType(),
                truth,
                truth,
                number);
    }

    /** Ten meters, a quarter of an hour; half of them are dark for five minutes. */
    private static List<Entry> log() {
        List<Entry> log = new ArrayList<>();
        for (long timeMs = 0; timeMs < 900_000; timeMs += 1_000) {
            log.add(Entry.heartbeat(T + timeMs));
        }
        for (int meter = 0; meter < 10; meter++) {
            String id = "m" + meter;
            log.add(Entry.announcement(T).of(id).feeder("f" + meter % 2).cadenceMs(5_000L));
            for (long timeMs = 0; timeMs < 900_000; timeMs += 5_000) {
                boolean isDark = meter % 2 == 0 && timeMs > 300_000 && timeMs < 600_000;
                if (!isDark) {
                    log.add(Entry.reading(T + timeMs, timeMs / 5_000, timeMs).of(id));
                }
            }
        }
        log.add(Entry.gasp(T + 302_000, 1_000).of("m0"));
        log.add(Entry.announcement(T).of("s").commodity("supply").feeder("f0"));
        for (long timeMs = 0; timeMs < 900_000; timeMs += 60_000) {
            log.add(
                    Entry.reading(T + timeMs, timeMs / 60_000, timeMs)
                            .of("s")
                            .commodity("supply")
                            .demand(5_000_000L));
        }
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        return log;
    }

    @Test
    void everyTaskThatKeepsMetersHearsOfEveryWriter() throws Exception {
        LedgerRun run = new LedgerRun(1);
        Map<String, String> wanted = run.read(log()).stores().facts;
        run.close();
        assertEquals(10, wanted.size());
        assertTrue(wanted.values().stream().anyMatch(fact -> fact.contains("," + (T + 302_500))));
        assertTrue(wanted.values().stream().anyMatch(fact -> fact.contains("supply_least_w")));

        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(SOURCES);
        env.getConfig().enableObjectReuse();
        InternalTypeInfo<RowData> type = InternalTypeInfo.of(type());
        DataStream<RowData> readings =
                env.fromData(type, log().stream().map(Entry::row).toArray(RowData[]::new))
                        .setParallelism(1)
                        .assignTimestampsAndWatermarks(
                                WatermarkStrategy.<RowData>forGenerator(context -> new Behind())
                                        .withTimestampAssigner((row, none) -> row.getLong(ARRIVAL)))
                        .setParallelism(1)
                        // All records of a partition are read by one.
                        .keyBy(row -> 0, Types.INT);
        Map<String, String> found = new TreeMap<>();
        try (CloseableIterator<RowData> facts =
                LedgerStreams.of(readings, Entry.COLUMNS, LedgerRun.RULES)
                        .feederFacts()
                        .executeAndCollect()) {
            while (facts.hasNext()) {
                RowData fact = facts.next();
                String json = new String(fact.getBinary(1), StandardCharsets.UTF_8);
                found.put(fact.getString(0) + " " + LedgerRun.number(json, "at_ms"), json);
            }
        }

        assertEquals(wanted, found);
    }

    /** As far behind each record as the job's time is. */
    private static final class Behind implements WatermarkGenerator<RowData> {
        @Override
        public void onEvent(RowData row, long timestampMs, WatermarkOutput output) {
            output.emitWatermark(new Watermark(timestampMs - LedgerRun.ON_TIME_MS - 1));
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }
}
