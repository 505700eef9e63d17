package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the largest meters among the largest of each group of keys, and says them when they are
 * others than before, or draw or took something else, at the end of a minute.
 *
 * <p>A minute closes when the watermark has passed it, when all subtasks that keep meters have sent
 * what is otherwise in theirs; so what goes out is a function of the log alone.
 */
final class LargestOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /** In how many ticks all are said again: ten minutes. */
    private static final int TICKS_OF_A_ROUND = 120;

    /** The largest of a commodity by power or energy. */
    private static final class Largest {
        final Map<Integer, List<Large>> bySource = new TreeMap<>();
        List<Large> said = List.of();
        long saidMs = Long.MIN_VALUE;
    }

    private record Part(int number, int source, List<Large> meters) {}

    private transient TreeMap<Integer, Largest> all;
    private transient TreeMap<Long, List<Part>> waiting;
    private transient int ticks;

    LargestOperator() {
        super("largest 1, " + LargestScan.MOST);
    }

    @Override
    protected void create(int groups) {
        all = new TreeMap<>();
        waiting = new TreeMap<>();
    }

    @Override
    protected void write(int group, DataOutputView out) throws IOException {
        for (Map.Entry<Integer, Largest> entry : all.entrySet()) {
            if (groupOf(entry.getKey()) != group) {
                continue;
            }
            Largest largest = entry.getValue();
            out.writeBoolean(true);
            out.writeInt(entry.getKey());
            out.writeLong(largest.saidMs);
            Large.write(largest.said, out);
            out.writeInt(largest.bySource.size());
            for (Map.Entry<Integer, List<Large>> part : largest.bySource.entrySet()) {
                out.writeInt(part.getKey());
                Large.write(part.getValue(), out);
            }
        }
        out.writeBoolean(false);
        for (Map.Entry<Long, List<Part>> minute : waiting.entrySet()) {
            for (Part part : minute.getValue()) {
                if (groupOf(part.number) == group) {
                    out.writeBoolean(true);
                    out.writeLong(minute.getKey());
                    out.writeInt(part.number);
                    out.writeInt(part.source);
                    Large.write(part.meters, out);
                }
            }
        }
        out.writeBoolean(false);
    }

    @Override
    protected void read(int group, DataInputView in) throws IOException {
        while (in.readBoolean()) {
            Largest largest = new Largest();
            all.put(in.readInt(), largest);
            largest.saidMs = in.readLong();
            largest.said = Large.read(in);
            for (int left = in.readInt(); left > 0; left--) {
                largest.bySource.put(in.readInt(), Large.read(in));
            }
        }
        while (in.readBoolean()) {
            add(in.readLong(), new Part(in.readInt(), in.readInt(), Large.read(in)));
        }
    }

    private void add(long minuteEndMs, Part part) {
        waiting.computeIfAbsent(minuteEndMs, end -> new ArrayList<>()).add(part);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws IOException {
        RowData row = element.getValue();
        List<Large> meters = Large.read(LargestRow.ten(row));
        add(
                LargestRow.sliceEndMs(row),
                new Part(LargestRow.number(row), LargestRow.source(row), meters));
    }

    @Override
    protected void closeWindows() {
        while (!waiting.isEmpty() && waiting.firstKey() - 1 <= watermarkMs) {
            Map.Entry<Long, List<Part>> minute = waiting.pollFirstEntry();
            TreeSet<Integer> touched = new TreeSet<>();
            for (Part part : minute.getValue()) {
                all.computeIfAbsent(part.number, number -> new Largest())
                        .bySource
                        .put(part.source, part.meters);
                touched.add(part.number);
            }
            for (int number : touched) {
                close(number, minute.getKey());
            }
        }
    }

    private void close(int number, long minuteEndMs) {
        Largest largest = all.get(number);
        List<Large> found =
                largest.bySource.values().stream()
                        .flatMap(Collection::stream)
                        .sorted()
                        .limit(LargestScan.MOST)
                        .toList();
        if (!found.equals(largest.said)) {
            largest.said = found;
            largest.saidMs = minuteEndMs;
            say(number, largest);
        }
    }

    /** Says all again now and then: Redis may have lost them. */
    @Override
    protected void tick() {
        ticks++;
        if (isRestored || ticks % TICKS_OF_A_ROUND == 0) {
            isRestored = false;
            all.forEach(this::say);
        }
    }

    private void say(int number, Largest largest) {
        if (largest.saidMs != Long.MIN_VALUE) {
            RowData row = LargestRow.row(number, largest.saidMs, largest.said);
            output.collect(new StreamRecord<>(row, largest.saidMs - 1));
        }
    }
}
