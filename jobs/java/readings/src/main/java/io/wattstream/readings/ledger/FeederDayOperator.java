package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps what registers were at the ends of half-hours, feeder by feeder, and says a fact of each
 * day of those that have a supply meter.
 *
 * <p>What is heard counts slice by slice when the watermark has passed, when all subtasks that keep
 * meters have sent what they add: so a fact is a function of the log alone.
 */
final class FeederDayOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    private transient List<Map<String, FeederDays>> feeders;
    private transient WaitingParts waiting;

    /** When the first day of any is to be said; the largest number if there is none. */
    private transient long dueMs;

    FeederDayOperator() {
        super("feeder days 3");
    }

    @Override
    protected void create(int groups) {
        feeders = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            feeders.add(new TreeMap<>());
        }
        waiting = new WaitingParts();
        dueMs = Long.MAX_VALUE;
    }

    @Override
    protected void write(int group, DataOutputView out) throws IOException {
        out.writeInt(feeders.get(group).size());
        for (FeederDays feeder : feeders.get(group).values()) {
            feeder.write(out);
        }
        waiting.write(group, out);
    }

    @Override
    protected void read(int group, DataInputView in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            FeederDays feeder = FeederDays.read(in);
            feeders.get(group).put(feeder.name(), feeder);
            dueMs = Math.min(dueMs, feeder.dueMs());
        }
        waiting.read(group, in);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData row = element.getValue();
        waiting.add(groupOf(PartRow.hash(row)), row);
    }

    @Override
    protected void closeWindows() throws IOException {
        for (long endMs = waiting.firstEndMs();
                endMs != Long.MAX_VALUE && endMs - 1 <= watermarkMs;
                endMs = waiting.firstEndMs()) {
            // What is due by then is said before it is heard what came later.
            sayBefore(endMs);
            close(endMs);
        }
        // A log that has ended has no more days.
        if (watermarkMs != Long.MAX_VALUE) {
            sayBefore(watermarkMs + 2);
        }
    }

    /** Hears what came in a slice: who comes and goes first, whatever subtask tells it. */
    private void close(long endMs) throws IOException {
        List<WaitingParts.Part> parts = waiting.take(endMs);
        for (WaitingParts.Part part : parts) {
            FeederDays feeder =
                    feeders.get(part.group()).computeIfAbsent(part.name(), FeederDays::new);
            DayPart.take(part.bytes(), new Members(feeder));
        }
        for (WaitingParts.Part part : parts) {
            FeederDays feeder = feeders.get(part.group()).get(part.name());
            feeder.settle(endMs);
            DayPart.take(part.bytes(), new Readings(feeder, endMs));
            dueMs = Math.min(dueMs, feeder.dueMs());
        }
        for (WaitingParts.Part part : parts) {
            feeders.get(part.group())
                    .computeIfPresent(
                            part.name(), (name, feeder) -> feeder.isEmpty() ? null : feeder);
        }
    }

    private record Members(FeederDays feeder) implements DayPart.Taker {
        @Override
        public void join(boolean isSupply, String meterId) {
            feeder.join(isSupply, meterId);
        }

        @Override
        public void leave(boolean isSupply, String meterId) {
            feeder.leave(isSupply, meterId);
        }

        @Override
        public void read(boolean isSupply, String meterId, int area, long tsMs, long register) {}
    }

    private record Readings(FeederDays feeder, long endMs) implements DayPart.Taker {
        @Override
        public void join(boolean isSupply, String meterId) {}

        @Override
        public void leave(boolean isSupply, String meterId) {}

        @Override
        public void read(boolean isSupply, String meterId, int area, long tsMs, long register) {
            feeder.read(isSupply, meterId, area, tsMs, register, endMs);
        }
    }

    /** Says the days that are due before a moment. */
    private void sayBefore(long timeMs) {
        if (dueMs >= timeMs) {
            return;
        }
        dueMs = Long.MAX_VALUE;
        for (Map<String, FeederDays> group : feeders) {
            for (FeederDays feeder : group.values()) {
                while (feeder.dueMs() < timeMs) {
                    long atMs = feeder.dueMs();
                    RowData fact = FactRow.of(feeder.name(), feeder.say());
                    output.collect(new StreamRecord<>(fact, atMs - 1));
                }
                dueMs = Math.min(dueMs, feeder.dueMs());
            }
            group.values().removeIf(FeederDays::isEmpty);
        }
    }

    /** Facts are said once: whoever reads them reads them from a log. */
    @Override
    protected void tick() {}
}
