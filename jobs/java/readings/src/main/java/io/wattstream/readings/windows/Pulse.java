package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;

/**
 * That the writer of a partition has written to it in a short window of arrival, which no silence
 * fits into that would make it quiet.
 *
 * @param partition of the readings
 * @param firstMs arrival of its first record in the window
 * @param lastMs arrival of its last one
 * @param closedMs arrival of the first heartbeat that says that it closes, or {@link #OPEN}
 * @param isOpen whether a heartbeat does not say so
 */
public record Pulse(int partition, long firstMs, long lastMs, long closedMs, boolean isOpen) {
    /** No heartbeat says that the writer closes. */
    public static final long OPEN = Long.MAX_VALUE;

    /** After how long without a record of its writer a partition is quiet: the writer is gone. */
    public static final long QUIET_MS = 10_000;

    private static final int FIRST_BYTES = 16;

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
        out.writeBoolean(closedMs != OPEN);
        if (closedMs != OPEN) {
            Varints.write(out, closedMs - firstMs);
        }
        out.writeBoolean(isOpen);
        return out.getCopyOfBuffer();
    }

    /** This and another one of the same window and partition. */
    public Pulse with(Pulse other) {
        return new Pulse(
                partition,
                Math.min(firstMs, other.firstMs),
                Math.max(lastMs, other.lastMs),
                Math.min(closedMs, other.closedMs),
                isOpen || other.isOpen);
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
        long closedMs = in.readBoolean() ? firstMs + Varints.read(in) : OPEN;
        return new Pulse(partition, firstMs, lastMs, closedMs, in.readBoolean());
    }
}
