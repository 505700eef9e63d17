package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.PackOperator;
import io.wattstream.readings.windows.PackOperators;
import io.wattstream.readings.windows.PackedRow;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.util.OutputTag;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import javax.annotation.Nullable;

/**
 * The operators from readings to what is said of them, in process, as a job has them: a subtask
 * that packs for each of the source's, and as many that keep meters and groups. What comes out is
 * kept as the stores keep it.
 */
final class LedgerRun implements AutoCloseable {
    static final long ON_TIME_MS = 3_000;
    static final Rules RULES = new Rules(5_000, ON_TIME_MS, 1_800_000, 60_000);

    private static final int MAX_PARALLELISM = 8;
    private static final OutputTag<RowData> MINUTES =
            new OutputTag<>("minutes", InternalTypeInfo.of(HistoryRow.type("minute_ms")));
    private static final OutputTag<RowData> PERIODS =
            new OutputTag<>("periods", InternalTypeInfo.of(HistoryRow.type("period_ms")));
    private static final OutputTag<RowData> CHANGES =
            new OutputTag<>("changes", InternalTypeInfo.of(GroupRow.changeType()));
    private static final OutputTag<RowData> LARGEST =
            new OutputTag<>("largest", InternalTypeInfo.of(LargestRow.partType()));
    private static final OutputTag<RowData> TO_ALL =
            new OutputTag<>("to all", InternalTypeInfo.of(PackedRow.type()));
    private static final OutputTag<RowData> FEEDERS =
            new OutputTag<>("feeders", InternalTypeInfo.of(PartRow.type()));
    private static final OutputTag<RowData> HOURS =
            new OutputTag<>("hours", InternalTypeInfo.of(HourRow.type()));
    private static final OutputTag<RowData> DAYS =
            new OutputTag<>("days", InternalTypeInfo.of(PartRow.type()));
    private static final OutputTag<RowData> AREA_MINUTES =
            new OutputTag<>("area minutes", InternalTypeInfo.of(GroupRow.minuteType()));

    /** What a checkpoint keeps. */
    record Checkpoint(
            OperatorSubtaskState meters,
            OperatorSubtaskState groups,
            OperatorSubtaskState largest,
            OperatorSubtaskState feeders,
            OperatorSubtaskState days,
            int parallelism) {}

    /** A live value as it went out; null if it was taken back. */
    record Said(long sliceEndMs, @Nullable String json) {}

    /** What the stores hold: keys as in {@link PlainLedger}. */
    static final class Stores {
        final Map<String, Said> live = new TreeMap<>();
        final Map<String, List<Said>> allSaid = new TreeMap<>();
        final Map<String, String> minutes = new TreeMap<>();
        final Map<String, String> periods = new TreeMap<>();
        final Map<String, String> groupSlices = new TreeMap<>();
        final Map<String, String> areaMinutes = new TreeMap<>();
        final Map<String, String> largest = new TreeMap<>();

        /** By {@code feeder slice_end}. */
        final Map<String, String> facts = new TreeMap<>();

        /** By {@code feeder minute_end}. */
        final Map<String, String> feederMinutes = new TreeMap<>();

        /** As {@link PlainHours} has them. */
        final Map<String, String> hours = new TreeMap<>();

        /** By {@code feeder at_ms}. */
        final Map<String, String> days = new TreeMap<>();

        /** Rows that tell of the days of feeders. */
        int dayParts;

        /** Rows of history that came again otherwise, which none may. */
        final List<String> contradictions = new ArrayList<>();

        private void put(Map<String, String> rows, String key, String value) {
            String before = rows.put(key, value);
            if (before != null && !before.equals(value)) {
                contradictions.add(key + ": " + before + ", then " + value);
            }
        }
    }

    private final Stores stores;
    private final List<OneInputStreamOperatorTestHarness<RowData, RowData>> packs =
            new ArrayList<>();
    private final List<Keyed> meters = new ArrayList<>();
    private final List<Keyed> groups = new ArrayList<>();
    private final List<Keyed> largest = new ArrayList<>();
    private final List<Keyed> feeders = new ArrayList<>();
    private final List<Keyed> days = new ArrayList<>();
    private final long[] arrivalMs;
    private final long[] packedMs;
    private final long[] metersMs;
    private final TreeSet<Long> changedMs = new TreeSet<>();
    private long sentMs = Long.MIN_VALUE;
    private long groupedMs = Long.MIN_VALUE;

    private static final class Keyed
            extends KeyedOneInputStreamOperatorTestHarness<Integer, RowData, RowData> {
        Keyed(MeterOperator operator, int parallelism, int index) throws Exception {
            super(operator, PackedRow::meterHash, Types.INT, MAX_PARALLELISM, parallelism, index);
        }

        Keyed(GroupOperator operator, int parallelism, int index) throws Exception {
            super(operator, GroupRow::hash, Types.INT, MAX_PARALLELISM, parallelism, index);
        }

        Keyed(LargestOperator operator, int parallelism, int index) throws Exception {
            super(operator, LargestRow::number, Types.INT, MAX_PARALLELISM, parallelism, index);
        }

        Keyed(FeederOperator operator, int parallelism, int index) throws Exception {
            super(operator, PartRow::hash, Types.INT, MAX_PARALLELISM, parallelism, index);
        }

        Keyed(FeederDayOperator operator, int parallelism, int index) throws Exception {
            super(operator, PartRow::hash, Types.INT, MAX_PARALLELISM, parallelism, index);
        }
    }

    LedgerRun(int partitions) throws Exception {
        this(RULES, partitions, 1, 1, 1_000_000, null, new Stores());
    }

    /**
     * @param sources subtasks that read; partition p belongs to the one of p modulo so many
     * @param most readings that one of them holds at most
     */
    LedgerRun(
            Rules rules,
            int partitions,
            int sources,
            int parallelism,
            int most,
            @Nullable Checkpoint from,
            Stores stores)
            throws Exception {
        this.stores = stores;
        arrivalMs = new long[partitions];
        packedMs = new long[Math.min(sources, partitions)];
        metersMs = new long[parallelism];
        for (long[] times : List.of(arrivalMs, packedMs, metersMs)) {
            Arrays.fill(times, Long.MIN_VALUE);
        }
        for (int index = 0; index < packedMs.length; index++) {
            PackOperator operator =
                    PackOperators.of(
                            Entry.COLUMNS, rules.sliceMs(), rules.behindMs(), TO_ALL, most);
            var pack = new OneInputStreamOperatorTestHarness<RowData, RowData>(operator);
            pack.setup(new RowDataSerializer(PackedRow.type()));
            pack.open();
            packs.add(pack);
        }
        for (int index = 0; index < parallelism; index++) {
            var meter =
                    new Keyed(
                            new MeterOperator(
                                    rules, MINUTES, PERIODS, CHANGES, LARGEST, FEEDERS, HOURS,
                                    DAYS),
                            parallelism,
                            index);
            open(meter, new RowDataSerializer(LiveRow.type()), from, Checkpoint::meters, index);
            meters.add(meter);
            var group =
                    new Keyed(new GroupOperator(rules.sliceMs(), AREA_MINUTES), parallelism, index);
            open(
                    group,
                    new RowDataSerializer(GroupRow.sliceType()),
                    from,
                    Checkpoint::groups,
                    index);
            groups.add(group);
            var large = new Keyed(new LargestOperator(), parallelism, index);
            open(large, new RowDataSerializer(LargestRow.type()), from, Checkpoint::largest, index);
            largest.add(large);
            var feeder = new Keyed(new FeederOperator(rules.sliceMs()), parallelism, index);
            open(feeder, new RowDataSerializer(FactRow.type()), from, Checkpoint::feeders, index);
            feeders.add(feeder);
            var day = new Keyed(new FeederDayOperator(), parallelism, index);
            open(day, new RowDataSerializer(FactRow.type()), from, Checkpoint::days, index);
            days.add(day);
        }
    }

    private void open(
            Keyed subtask,
            RowDataSerializer serializer,
            @Nullable Checkpoint from,
            Function<Checkpoint, OperatorSubtaskState> stateOf,
            int index)
            throws Exception {
        // As between tasks: the operator goes on with the row that it has sent.
        subtask.setup(serializer);
        if (from != null) {
            subtask.initializeState(
                    AbstractStreamOperatorTestHarness.repartitionOperatorState(
                            stateOf.apply(from),
                            MAX_PARALLELISM,
                            from.parallelism,
                            metersMs.length,
                            index));
        }
        subtask.open();
    }

    Stores stores() {
        return stores;
    }

    /** Reads a record of a partition. */
    LedgerRun read(int partition, Entry entry) throws Exception {
        var pack = packs.get(partition % packs.size());
        pack.processElement(new StreamRecord<>(entry.in(partition).row()));
        drain(partition % packs.size());
        return arrive(partition, entry.arrivalMs);
    }

    /** Reads records of the only partition. */
    LedgerRun read(List<Entry> entries) throws Exception {
        for (Entry entry : entries) {
            read(0, entry);
        }
        return this;
    }

    /** Reads a heartbeat of a partition. */
    LedgerRun arrive(int partition, long timeMs) throws Exception {
        arrivalMs[partition] = Math.max(arrivalMs[partition], timeMs);
        int source = partition % packs.size();
        long leastMs = Long.MAX_VALUE;
        for (int p = source; p < arrivalMs.length; p += packs.size()) {
            leastMs = Math.min(leastMs, arrivalMs[p]);
        }
        if (leastMs == Long.MIN_VALUE || leastMs - ON_TIME_MS - 1 <= packedMs[source]) {
            return this;
        }
        packedMs[source] = leastMs - ON_TIME_MS - 1;
        packs.get(source).processWatermark(new Watermark(packedMs[source]));
        drain(source);
        return this;
    }

    /** A heartbeat in every partition. */
    LedgerRun arrive(long timeMs) throws Exception {
        for (int partition = 0; partition < arrivalMs.length; partition++) {
            arrive(partition, timeMs);
        }
        return this;
    }

    private void drain(int source) throws Exception {
        for (RowData row : polled(packs.get(source).getSideOutput(TO_ALL))) {
            for (Keyed subtask : meters) {
                subtask.processElement(new StreamRecord<>(row));
            }
        }
        Queue<Object> sent = packs.get(source).getOutput();
        for (Object each = sent.poll(); each != null; each = sent.poll()) {
            if (each instanceof StreamRecord<?> record) {
                RowData row = (RowData) record.getValue();
                int index = indexOf(PackedRow.meterHash(row));
                meters.get(index).processElement(new StreamRecord<>(row, record.getTimestamp()));
                drainMeters(index);
            }
        }
        long leastMs = Arrays.stream(packedMs).min().orElseThrow();
        if (leastMs > sentMs) {
            sentMs = leastMs;
            for (int index = 0; index < meters.size(); index++) {
                meters.get(index).processWatermark(new Watermark(leastMs));
                drainMeters(index);
            }
        }
    }

    private int indexOf(int hash) {
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                hash, MAX_PARALLELISM, meters.size());
    }

    private void drainMeters(int index) throws Exception {
        Keyed subtask = meters.get(index);
        for (RowData row : polled(subtask.getSideOutput(MINUTES))) {
            stores.put(stores.minutes, historyKey(row), history(row));
        }
        for (RowData row : polled(subtask.getSideOutput(PERIODS))) {
            stores.put(stores.periods, historyKey(row), history(row));
        }
        for (RowData row : polled(subtask.getSideOutput(CHANGES))) {
            int group = indexOf(GroupRow.hash(row));
            changedMs.add(GroupRow.endMs(row));
            groups.get(group).processElement(new StreamRecord<>(row));
        }
        for (RowData row : polled(subtask.getSideOutput(LARGEST))) {
            largest.get(indexOf(LargestRow.number(row))).processElement(new StreamRecord<>(row));
        }
        for (RowData row : polled(subtask.getSideOutput(FEEDERS))) {
            feeders.get(indexOf(PartRow.hash(row))).processElement(new StreamRecord<>(row));
        }
        for (RowData row : polled(subtask.getSideOutput(HOURS))) {
            String columns =
                    IntStream.range(3, row.getArity() - 1)
                            .mapToObj(each -> row.isNullAt(each) ? "null" : "" + row.getLong(each))
                            .collect(Collectors.joining(" "));
            IntBuffer energies =
                    ByteBuffer.wrap(row.getBinary(row.getArity() - 1))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asIntBuffer();
            stores.hours.put(
                    "%s %d %s %s %s"
                            .formatted(
                                    row.getString(0),
                                    row.getLong(2),
                                    row.getString(1),
                                    columns,
                                    IntStream.generate(energies::get)
                                            .limit(energies.limit())
                                            .mapToObj(String::valueOf)
                                            .collect(Collectors.joining(","))),
                    "");
        }
        for (RowData row : polled(subtask.getSideOutput(DAYS))) {
            stores.dayParts++;
            days.get(indexOf(PartRow.hash(row))).processElement(new StreamRecord<>(row));
        }
        Queue<Object> sent = subtask.getOutput();
        for (Object each = sent.poll(); each != null; each = sent.poll()) {
            if (each instanceof StreamRecord<?> record) {
                say((RowData) record.getValue());
            } else if (each instanceof Watermark mark) {
                metersMs[index] = mark.getTimestamp();
            }
        }
        long leastMs = Arrays.stream(metersMs).min().orElseThrow();
        if (leastMs > groupedMs) {
            groupedMs = leastMs;
            // Slice by slice, so that every change shows.
            while (!changedMs.isEmpty() && changedMs.first() <= leastMs) {
                Watermark closing = new Watermark(changedMs.pollFirst() - 1);
                for (Keyed group : groups) {
                    group.processWatermark(closing);
                    drain(group);
                }
            }
            for (Keyed group : groups) {
                group.processWatermark(new Watermark(leastMs));
                drain(group);
            }
            for (Keyed large : largest) {
                large.processWatermark(new Watermark(leastMs));
                drainLargest(large);
            }
            for (Keyed feeder : feeders) {
                feeder.processWatermark(new Watermark(leastMs));
                drainFacts(feeder, stores.facts);
            }
            for (Keyed day : days) {
                day.processWatermark(new Watermark(leastMs));
                drainFacts(day, stores.days);
            }
        }
    }

    private void drainFacts(Keyed subtask, Map<String, String> facts) {
        Queue<Object> sent = subtask.getOutput();
        for (Object each = sent.poll(); each != null; each = sent.poll()) {
            if (each instanceof StreamRecord<?> record) {
                RowData row = (RowData) record.getValue();
                String json = new String(row.getBinary(1), StandardCharsets.UTF_8);
                stores.put(
                        json.startsWith("{\"kind\":\"feeder_minute\"")
                                ? stores.feederMinutes
                                : facts,
                        "%s %d".formatted(row.getString(0), number(json, "at_ms")),
                        json);
            }
        }
    }

    private void drainLargest(Keyed subtask) {
        Queue<Object> sent = subtask.getOutput();
        for (Object each = sent.poll(); each != null; each = sent.poll()) {
            if (each instanceof StreamRecord<?> record) {
                RowData row = (RowData) record.getValue();
                stores.put(
                        stores.largest,
                        "%s %s %d".formatted(row.getString(1), row.getString(2), row.getLong(0)),
                        new String(row.getBinary(3), StandardCharsets.UTF_8));
            }
        }
    }

    private void drain(Keyed group) {
        for (RowData row : polled(group.getSideOutput(AREA_MINUTES))) {
            stores.put(
                    stores.areaMinutes,
                    "%s %s %d".formatted(row.getString(0), row.getString(1), row.getLong(2)),
                    "%d %d %d %d"
                            .formatted(
                                    row.getLong(3),
                                    row.getLong(4),
                                    row.getLong(5),
                                    row.getLong(6)));
        }
        Queue<Object> sent = group.getOutput();
        for (Object each = sent.poll(); each != null; each = sent.poll()) {
            if (each instanceof StreamRecord<?> record) {
                RowData row = (RowData) record.getValue();
                stores.put(
                        stores.groupSlices,
                        "%s %s %s %d"
                                .formatted(
                                        row.getString(0),
                                        row.getString(1),
                                        row.getString(2),
                                        row.getLong(3)),
                        "%d %d %d %d %d"
                                .formatted(
                                        row.getLong(4),
                                        row.getLong(5),
                                        row.getLong(6),
                                        row.getLong(7),
                                        row.getLong(8)));
            }
        }
    }

    private static List<RowData> polled(@Nullable Queue<StreamRecord<RowData>> sent) {
        List<RowData> rows = new ArrayList<>();
        while (sent != null && !sent.isEmpty()) {
            rows.add(sent.poll().getValue());
        }
        return rows;
    }

    /** As Redis takes it: nothing older takes the place of something newer. */
    private void say(RowData row) {
        String key = "%s/%s/%s".formatted(row.getString(1), row.getString(2), row.getString(3));
        String json = row.isNullAt(4) ? null : new String(row.getBinary(4), StandardCharsets.UTF_8);
        Said said = new Said(row.getLong(0), json);
        stores.allSaid.computeIfAbsent(key, each -> new ArrayList<>()).add(said);
        Said before = stores.live.get(key);
        if (before != null && isOlder(said, before)) {
            return;
        }
        if (json == null) {
            stores.live.remove(key);
        } else {
            stores.live.put(key, said);
        }
    }

    private static boolean isOlder(Said said, Said before) {
        if (said.sliceEndMs != before.sliceEndMs || said.json == null) {
            return said.sliceEndMs < before.sliceEndMs;
        }
        return number(said.json, "readings") < number(before.json, "readings");
    }

    /** A number of a live value, 0 if it is left out. */
    static long number(String json, String field) {
        int at = json.indexOf("\"" + field + "\":");
        if (at < 0) {
            return 0;
        }
        int from = at + field.length() + 3;
        int to = from;
        while (Character.isDigit(json.charAt(to)) || json.charAt(to) == '-') {
            to++;
        }
        return Long.parseLong(json.substring(from, to));
    }

    private static String historyKey(RowData row) {
        return "%s %s %d %d"
                .formatted(row.getString(0), row.getString(2), row.getLong(3), row.getLong(4));
    }

    private static String history(RowData row) {
        List<String> figures = new ArrayList<>();
        for (int i = 5; i < row.getArity(); i++) {
            figures.add(row.isNullAt(i) ? "null" : String.valueOf(row.getLong(i)));
        }
        return row.getString(1) + " " + figures;
    }

    Checkpoint checkpoint() throws Exception {
        for (int source = 0; source < packs.size(); source++) {
            packs.get(source).prepareSnapshotPreBarrier(1);
            drain(source);
        }
        return new Checkpoint(
                snapshot(meters),
                snapshot(groups),
                snapshot(largest),
                snapshot(feeders),
                snapshot(days),
                meters.size());
    }

    private static OperatorSubtaskState snapshot(List<Keyed> subtasks) throws Exception {
        OperatorSubtaskState[] states = new OperatorSubtaskState[subtasks.size()];
        for (int index = 0; index < states.length; index++) {
            states[index] = subtasks.get(index).snapshot(1, 1);
            subtasks.get(index).notifyOfCompletedCheckpoint(1);
        }
        return AbstractStreamOperatorTestHarness.repackageState(states);
    }

    /** What all meters are written as. */
    byte[] meterBytes() throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(1_024);
        for (Keyed subtask : meters) {
            for (int group = 0; group < MAX_PARALLELISM / meters.size(); group++) {
                ((MeterOperator) subtask.getOperator()).write(group, out);
            }
        }
        return out.getCopyOfBuffer();
    }

    /** Packed rows that came too late, which none may. */
    long dropped() {
        long dropped = 0;
        for (Keyed subtask : meters) {
            dropped += ((MeterOperator) subtask.getOperator()).dropped().getCount();
        }
        return dropped;
    }

    /** Readings on time that were made after their partition was closed. */
    long onTimeWhileClosed() {
        return packs.stream()
                .mapToLong(
                        pack -> PackOperators.onTimeWhileClosed((PackOperator) pack.getOperator()))
                .sum();
    }

    @Override
    public void close() throws Exception {
        for (var pack : packs) {
            pack.close();
        }
        for (List<Keyed> subtasks : List.of(meters, groups, largest, feeders, days)) {
            for (Keyed subtask : subtasks) {
                subtask.close();
            }
        }
    }
}
