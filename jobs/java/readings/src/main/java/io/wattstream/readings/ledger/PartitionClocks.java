package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Pulse;
import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

import javax.annotation.Nullable;

/**
 * The clocks of the partitions, by which meters age. One goes from record to record of the
 * partition's writer, and not on before the next one: who has written nothing since has said of no
 * meter that it is silent. What is between two records further apart than {@link Pulse#QUIET_MS}
 * does not count: a writer that was gone is no outage of its meters. Nor does the time from a
 * heartbeat that says that it closes to the next one that does not, or as long: its meters say
 * nothing more, and what was on its way is still delivered.
 */
final class PartitionClocks {
    /** How often a writer was gone or closed is remembered at most, the latest times. */
    private static final int MOST_GAPS = 64;

    private final TreeMap<Long, List<Pulse>> pending = new TreeMap<>();
    private Clock[] clocks = {};

    /** End of the slice up to which pulses were heard. */
    private long heardMs;

    /** A partition's clock; its writer was gone or closed from times to others, in their order. */
    private static final class Clock {
        long lastMs;
        long[] fromMs = {};
        long[] untilMs = {};

        Clock(long lastMs) {
            this.lastMs = lastMs;
        }

        boolean isQuiet(long nowMs) {
            return nowMs - lastMs > Pulse.QUIET_MS;
        }

        /** Hears a pulse, and says whether the writer had been gone. */
        boolean hear(Pulse pulse) {
            boolean wasGone = isQuiet(pulse.firstMs());
            if (wasGone && lastUntilMs() > lastMs) {
                goOnStanding(pulse.firstMs());
            } else if (wasGone) {
                stand(lastMs, pulse.firstMs());
            }
            for (Pulse.Beats beats : pulse.beats()) {
                if (!beats.closes()) {
                    standUntilAtMost(beats.firstMs());
                } else if (lastUntilMs() >= beats.firstMs()) {
                    goOnStanding(beats.lastMs() + Pulse.QUIET_MS);
                } else {
                    stand(beats.firstMs(), beats.lastMs() + Pulse.QUIET_MS);
                }
            }
            lastMs = Math.max(lastMs, pulse.lastMs());
            return wasGone;
        }

        private long lastUntilMs() {
            return untilMs.length == 0 ? Long.MIN_VALUE : untilMs[untilMs.length - 1];
        }

        private void stand(long sinceMs, long toMs) {
            int kept = Math.min(fromMs.length, MOST_GAPS - 1);
            fromMs = Arrays.copyOfRange(fromMs, fromMs.length - kept, fromMs.length + 1);
            untilMs = Arrays.copyOfRange(untilMs, untilMs.length - kept, untilMs.length + 1);
            fromMs[kept] = sinceMs;
            untilMs[kept] = toMs;
        }

        private void goOnStanding(long toMs) {
            int last = untilMs.length - 1;
            untilMs[last] = Math.max(untilMs[last], toMs);
        }

        private void standUntilAtMost(long toMs) {
            int last = untilMs.length - 1;
            if (lastUntilMs() <= toMs) {
                return;
            }
            if (fromMs[last] >= toMs) {
                fromMs = Arrays.copyOf(fromMs, last);
                untilMs = Arrays.copyOf(untilMs, last);
            } else {
                untilMs[last] = toMs;
            }
        }

        long stoodMs(long sinceMs, long nowMs) {
            long stoodMs = 0;
            for (int i = untilMs.length - 1; i >= 0 && untilMs[i] > sinceMs; i--) {
                long oneMs = Math.min(untilMs[i], nowMs) - Math.max(fromMs[i], sinceMs);
                stoodMs += Math.max(0, oneMs);
            }
            return stoodMs;
        }
    }

    /** Adds a pulse; it counts when the slice that it is in closes. */
    void add(long startMs, Pulse pulse) {
        pending.computeIfAbsent(startMs, start -> new ArrayList<>()).add(pulse);
    }

    /** The first moment of which a pulse is waiting; the largest number without. */
    long firstPendingMs() {
        return pending.isEmpty() ? Long.MAX_VALUE : pending.firstKey();
    }

    /**
     * Lets the pulses of the time before a slice's end count.
     *
     * @return whether a clock goes on whose writer had been gone, was taken to be when the last
     *     slice closed, or had not been heard of
     */
    boolean hearBefore(long endMs) {
        boolean goesOn = false;
        while (firstPendingMs() < endMs) {
            for (Pulse pulse : merged(pending.pollFirstEntry().getValue())) {
                goesOn |= hear(pulse);
            }
        }
        heardMs = endMs;
        return goesOn;
    }

    /** One for each partition: how often it is said in a window depends on the run. */
    private static Iterable<Pulse> merged(List<Pulse> pulses) {
        TreeMap<Integer, Pulse> byPartition = new TreeMap<>();
        for (Pulse pulse : pulses) {
            byPartition.merge(pulse.partition(), pulse, Pulse::with);
        }
        return byPartition.values();
    }

    private boolean hear(Pulse pulse) {
        int partition = pulse.partition();
        if (partition >= clocks.length) {
            clocks = Arrays.copyOf(clocks, partition + 1);
        }
        boolean isNew = clocks[partition] == null;
        if (isNew) {
            clocks[partition] = new Clock(pulse.firstMs());
        }
        // Nobody awaited its meters then, and its record may be of before, and late.
        boolean wasQuiet = clocks[partition].isQuiet(heardMs);
        return clocks[partition].hear(pulse) || wasQuiet || isNew;
    }

    /** How much time of a partition's clock has passed since a moment. */
    long passedMs(int partition, long sinceMs, long nowMs) {
        Clock clock = clock(partition);
        if (clock == null) {
            // Nothing was heard of its writer before now: it has only begun.
            return 0;
        }
        long untilMs = Math.min(nowMs, clock.lastMs);
        return untilMs - sinceMs - clock.stoodMs(sinceMs, untilMs);
    }

    /** How much time from a moment to another one does not count. */
    long stoodMs(int partition, long sinceMs, long nowMs) {
        Clock clock = clock(partition);
        return clock == null ? 0 : clock.stoodMs(sinceMs, Math.min(nowMs, clock.lastMs));
    }

    /** Whether a partition's writer is gone; its clock goes on again when that is told. */
    boolean isQuiet(int partition, long nowMs) {
        Clock clock = clock(partition);
        return clock == null || clock.isQuiet(nowMs);
    }

    @Nullable
    private Clock clock(int partition) {
        return partition < clocks.length ? clocks[partition] : null;
    }

    void write(DataOutputView out) throws IOException {
        out.writeInt(clocks.length);
        for (Clock clock : clocks) {
            out.writeBoolean(clock != null);
            if (clock != null) {
                Varints.write(out, clock.lastMs);
                out.writeInt(clock.fromMs.length);
                for (int i = 0; i < clock.fromMs.length; i++) {
                    Varints.write(out, clock.fromMs[i]);
                    Varints.write(out, clock.untilMs[i]);
                }
            }
        }
        for (var window : pending.entrySet()) {
            for (Pulse pulse : merged(window.getValue())) {
                out.writeBoolean(true);
                Varints.write(out, window.getKey());
                pulse.write(out);
            }
        }
        out.writeBoolean(false);
    }

    /**
     * Takes on what {@link #write} wrote, also for another group of keys: all are told the same.
     */
    void read(DataInputView in) throws IOException {
        Clock[] read = new Clock[in.readInt()];
        for (int partition = 0; partition < read.length; partition++) {
            if (in.readBoolean()) {
                Clock clock = new Clock(Varints.read(in));
                read[partition] = clock;
                int gaps = in.readInt();
                clock.fromMs = new long[gaps];
                clock.untilMs = new long[gaps];
                for (int i = 0; i < gaps; i++) {
                    clock.fromMs[i] = Varints.read(in);
                    clock.untilMs[i] = Varints.read(in);
                }
            }
        }
        clocks = read;
        pending.clear();
        while (in.readBoolean()) {
            add(Varints.read(in), Pulse.read(in));
        }
    }
}
