package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * That the writer of a partition has written to it in a short window of arrival, which no silence
 * fits into that would make it quiet.
 *
 * @param partition of the readings
 * @param firstMs arrival of its first record in the window
 * @param lastMs arrival of its last one
 * @param beats its heartbeats, as they stand in the log
 */
public record Pulse(int partition, long firstMs, long lastMs, List<Beats> beats) {
    /** After how long without a record of its writer a partition is quiet: the writer is gone. */
    public static final long QUIET_MS = 10_000;

    private static final int FIRST_BYTES = 24;

    /**
     * Heartbeats that follow each other in the log and say the same.
     *
     * @param closes whether they say that the writer closes
     * @param firstMs the smallest of their arrivals
     * @param lastMs the largest
     */
    public record Beats(boolean closes, long firstMs, long lastMs) {}

    /** Adds a heartbeat to those before it. */
    static void add(List<Beats> beats, boolean closes, long arrivalMs) {
        add(beats, new Beats(closes, arrivalMs, arrivalMs));
    }

    private static void add(List<Beats> beats, Beats next) {
        int last = beats.size() - 1;
        if (last < 0 || beats.get(last).closes != next.closes) {
            beats.add(next);
            return;
        }
        Beats before = beats.get(last);
        beats.set(
                last,
                new Beats(
                        next.closes,
                        Math.min(before.firstMs, next.firstMs),
                        Math.max(before.lastMs, next.lastMs)));
    }

    /** Length of a window: the longest of which a slice is made, and which nobody is quiet in. */
    static long lengthMs(long sliceMs) {
        long parts = (sliceMs + QUIET_MS - 1) / QUIET_MS;
        return sliceMs / parts;
    }

    byte[] toBytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        out.writeInt(partition);
        Varints.write(out, firstMs);
        Varints.write(out, lastMs - firstMs);
        Varints.write(out, beats.size());
        for (Beats each : beats) {
            out.writeBoolean(each.closes);
            Varints.write(out, each.firstMs - firstMs);
            Varints.write(out, each.lastMs - each.firstMs);
        }
        return out.getCopyOfBuffer();
    }

    /** This and the one that follows it in the log, of the same window and partition. */
    public Pulse with(Pulse next) {
        List<Beats> both = new ArrayList<>(beats);
        next.beats.forEach(each -> add(both, each));
        return new Pulse(
                partition,
                Math.min(firstMs, next.firstMs),
                Math.max(lastMs, next.lastMs),
                List.copyOf(both));
    }

    /** Writes it. */
    public void write(DataOutputView out) throws IOException {
        byte[] bytes = toBytes();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** What {@link #write} wrote. */
    public static Pulse read(DataInputView in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return of(bytes);
    }

    /** Of the bytes of a {@link PackedRow}. */
    public static Pulse of(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int partition = in.readInt();
        long firstMs = Varints.read(in);
        long lastMs = firstMs + Varints.read(in);
        List<Beats> beats = new ArrayList<>();
        for (long left = Varints.read(in); left > 0; left--) {
            boolean closes = in.readBoolean();
            long fromMs = firstMs + Varints.read(in);
            beats.add(new Beats(closes, fromMs, fromMs + Varints.read(in)));
        }
        return new Pulse(partition, firstMs, lastMs, List.copyOf(beats));
    }
}
