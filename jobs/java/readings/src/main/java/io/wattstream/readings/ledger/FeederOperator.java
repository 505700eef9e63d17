package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import javax.annotation.Nullable;

/**
 * Adds up what changes behind feeders, slice by slice, and says a fact of each where something is
 * the matter: when it changes, at the end of each minute, and once more when it is over. Of a meter
 * that had not even been alive it says when it comes back, too.
 *
 * <p>A slice closes when the watermark has passed it, when all subtasks that keep meters have sent
 * what they add to it; so what goes out is a function of the log alone, and of each feeder in the
 * order of time.
 */
final class FeederOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long MINUTE_MS = 60_000;

    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record Part(int group, String name, long lastLifeMs, @Nullable byte[] changes) {}

    private transient List<Map<String, Feeder>> feeders;
    private transient TreeMap<Long, List<Part>> waiting;

    /** Those of which something is the matter. */
    private transient Set<Feeder> open;

    /** End of the last slice or minute that has closed. */
    private transient long closedMs;

    /**
     * @param sliceMs length of a slice, which divides a minute
     */
    FeederOperator(long sliceMs) {
        super("feeders 1, slices of " + sliceMs + " ms");
    }

    @Override
    protected void create(int groups) {
        feeders = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            feeders.add(new TreeMap<>());
        }
        waiting = new TreeMap<>();
        open = new LinkedHashSet<>();
        closedMs = Long.MIN_VALUE;
    }

    @Override
    protected void write(int group, DataOutputView out) throws IOException {
        out.writeLong(closedMs);
        out.writeInt(feeders.get(group).size());
        for (Feeder feeder : feeders.get(group).values()) {
            feeder.write(out);
        }
        for (Map.Entry<Long, List<Part>> slice : waiting.entrySet()) {
            for (Part part : slice.getValue()) {
                if (part.group == group) {
                    out.writeBoolean(true);
                    out.writeLong(slice.getKey());
                    out.writeUTF(part.name);
                    out.writeLong(part.lastLifeMs);
                    out.writeInt(part.changes == null ? -1 : part.changes.length);
                    out.write(part.changes == null ? new byte[0] : part.changes);
                }
            }
        }
        out.writeBoolean(false);
    }

    @Override
    protected void read(int group, DataInputView in) throws IOException {
        closedMs = Math.max(closedMs, in.readLong());
        for (int left = in.readInt(); left > 0; left--) {
            Feeder feeder = Feeder.read(in);
            feeders.get(group).put(feeder.name(), feeder);
            if (feeder.isOpen()) {
                open.add(feeder);
            }
        }
        while (in.readBoolean()) {
            long endMs = in.readLong();
            String name = in.readUTF();
            long lastLifeMs = in.readLong();
            int length = in.readInt();
            byte[] changes = length < 0 ? null : new byte[length];
            if (changes != null) {
                in.readFully(changes);
            }
            add(endMs, new Part(group, name, lastLifeMs, changes));
        }
    }

    private void add(long endMs, Part part) {
        waiting.computeIfAbsent(endMs, end -> new ArrayList<>()).add(part);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData row = element.getValue();
        add(
                FeederRow.endMs(row),
                new Part(
                        groupOf(FeederRow.hash(row)),
                        FeederRow.name(row),
                        FeederRow.lastLifeMs(row),
                        FeederRow.changes(row)));
    }

    @Override
    protected void closeWindows() throws IOException {
        for (long endMs = nextEndMs();
                endMs != Long.MAX_VALUE && endMs - 1 <= watermarkMs;
                endMs = nextEndMs()) {
            close(endMs);
        }
    }

    private long nextEndMs() {
        long sliceMs = waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey();
        // A log that has ended has no more minutes.
        return open.isEmpty() || watermarkMs == Long.MAX_VALUE
                ? sliceMs
                : Math.min(sliceMs, closedMs - Math.floorMod(closedMs, MINUTE_MS) + MINUTE_MS);
    }

    private void close(long endMs) throws IOException {
        closedMs = endMs;
        Set<Feeder> changed = new LinkedHashSet<>();
        List<Part> parts = waiting.remove(endMs);
        for (Part part : parts == null ? List.<Part>of() : parts) {
            Feeder feeder = feeders.get(part.group).computeIfAbsent(part.name, Feeder::new);
            feeder.live(part.lastLifeMs);
            if (part.changes != null) {
                feeder.change(FeederPart.read(new DataInputDeserializer(part.changes)));
                changed.add(feeder);
            }
        }
        Set<Feeder> said = new LinkedHashSet<>();
        for (Feeder feeder : changed) {
            if (feeder.judge()) {
                say(feeder, endMs);
                said.add(feeder);
            }
            if (feeder.isOpen()) {
                open.add(feeder);
            } else {
                open.remove(feeder);
            }
        }
        if (Math.floorMod(endMs, MINUTE_MS) == 0) {
            for (Feeder feeder : open) {
                if (!said.contains(feeder)) {
                    say(feeder, endMs);
                }
            }
        }
    }

    private void say(Feeder feeder, long endMs) {
        RowData fact = FeederRow.fact(feeder.name(), feeder.say(endMs));
        output.collect(new StreamRecord<>(fact, endMs - 1));
    }

    /** Facts are said once: whoever reads them reads them from a log. */
    @Override
    protected void tick() {}
}
