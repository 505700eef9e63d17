package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Adds up what changes behind feeders, slice by slice, and says a fact of each where something is
 * the matter: when it changes, again while it stays so, the less often the longer, and once more
 * when it is over. Of a meter that had not even been alive it says when it comes back, too. What is
 * drawn there it adds up minute by minute, and says where that is much, or where voltages are out
 * of bounds.
 *
 * <p>A slice closes when the watermark has passed it, when all subtasks that keep meters have sent
 * what they add to it; so what goes out is a function of the log alone, and of each feeder in the
 * order of time.
 */
final class FeederOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long MINUTE_MS = FeederMinute.MINUTE_MS;

    private final long sliceMs;

    private transient List<Map<String, Feeder>> feeders;
    private transient WaitingParts waiting;

    /** Those of which something is the matter. */
    private transient Set<Feeder> open;

    /** No fact of those is due before that says nothing new. */
    private transient long dueMs;

    /** Those whose next minute may have something to say. */
    private transient Set<Feeder> awaited;

    /** End of the last slice or minute that has closed. */
    private transient long closedMs;

    /**
     * @param sliceMs length of a slice, which divides a minute
     */
    FeederOperator(long sliceMs) {
        super("feeders 6, slices of " + sliceMs + " ms");
        this.sliceMs = sliceMs;
    }

    @Override
    protected void create(int groups) {
        feeders = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            feeders.add(new TreeMap<>());
        }
        waiting = new WaitingParts();
        open = new LinkedHashSet<>();
        dueMs = Long.MAX_VALUE;
        awaited = new LinkedHashSet<>();
        closedMs = Long.MIN_VALUE;
    }

    @Override
    protected void write(int group, DataOutputView out) throws IOException {
        out.writeLong(closedMs);
        out.writeInt(feeders.get(group).size());
        for (Feeder feeder : feeders.get(group).values()) {
            feeder.write(out);
        }
        waiting.write(group, out);
    }

    @Override
    protected void read(int group, DataInputView in) throws IOException {
        closedMs = Math.max(closedMs, in.readLong());
        for (int left = in.readInt(); left > 0; left--) {
            Feeder feeder = Feeder.read(in);
            feeders.get(group).put(feeder.name(), feeder);
            if (feeder.isOpen()) {
                open.add(feeder);
                dueMs = Math.min(dueMs, feeder.nextMs(closedMs));
            }
            awaited.add(feeder);
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
        for (long endMs = nextEndMs();
                endMs != Long.MAX_VALUE && endMs - 1 <= watermarkMs;
                endMs = nextEndMs()) {
            close(endMs);
        }
    }

    private long nextEndMs() {
        long sliceEndMs = waiting.firstEndMs();
        // A log that has ended has no more minutes.
        if (sliceEndMs == Long.MAX_VALUE && watermarkMs == Long.MAX_VALUE) {
            return sliceEndMs;
        }
        long minuteEndMs =
                awaited.isEmpty()
                        ? Long.MAX_VALUE
                        : closedMs - Math.floorMod(closedMs, MINUTE_MS) + MINUTE_MS;
        return Math.min(sliceEndMs, Math.min(minuteEndMs, dueMs));
    }

    private void close(long endMs) throws IOException {
        closedMs = endMs;
        Set<Feeder> changed = new LinkedHashSet<>();
        Set<Feeder> supplied = new LinkedHashSet<>();
        for (WaitingParts.Part part : waiting.take(endMs)) {
            Feeder feeder = feeders.get(part.group()).computeIfAbsent(part.name(), Feeder::new);
            FeederPart change = FeederPart.of(part.bytes());
            feeder.live(change.lastLifeMs);
            if (change.isChanged()) {
                feeder.change(change);
                changed.add(feeder);
            }
            if (change.load.isAny()) {
                feeder.minute.change(change.load, endMs, sliceMs);
                awaited.add(feeder);
                if (!change.load.supplied.isEmpty()) {
                    feeder.supply(change.load.supplied);
                    supplied.add(feeder);
                }
            }
        }
        supplied.forEach(Feeder::endSupply);
        Set<Feeder> said = new HashSet<>();
        for (Feeder feeder : changed) {
            if (feeder.judge(endMs)) {
                say(feeder, endMs);
                said.add(feeder);
            }
            if (feeder.isOpen()) {
                open.add(feeder);
                dueMs = Math.min(dueMs, feeder.nextMs(endMs));
            } else {
                open.remove(feeder);
            }
        }
        if (endMs >= dueMs) {
            sayAgain(endMs, said);
        }
        if (Math.floorMod(endMs, MINUTE_MS) == 0) {
            awaited.removeIf(feeder -> !endMinute(feeder, endMs));
        }
    }

    /** Says what is due though nothing is new, but of those that have been said. */
    private void sayAgain(long endMs, Set<Feeder> said) {
        dueMs = Long.MAX_VALUE;
        for (Feeder feeder : open) {
            if (!said.contains(feeder) && feeder.nextMs(endMs - 1) == endMs) {
                say(feeder, endMs);
            }
            dueMs = Math.min(dueMs, feeder.nextMs(endMs));
        }
    }

    /** Says the minute if there is reason, and whether the next one may have one. */
    private boolean endMinute(Feeder feeder, long endMs) {
        if (feeder.minute.end(endMs, sliceMs)) {
            say(feeder, feeder.sayMinute(endMs, sliceMs), endMs);
        }
        return feeder.minute.isAwaited(endMs);
    }

    private void say(Feeder feeder, long endMs) {
        say(feeder, feeder.say(endMs), endMs);
    }

    private void say(Feeder feeder, byte[] json, long endMs) {
        RowData fact = FactRow.of(feeder.name(), json);
        output.collect(new StreamRecord<>(fact, endMs - 1));
    }

    /** Facts are said once: whoever reads them reads them from a log. */
    @Override
    protected void tick() {}
}
