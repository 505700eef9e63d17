package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import java.io.IOException;

/**
 * That the writer of a partition has written to it in a short window of arrival, which no silence
 * fits into that would make it quiet.
 *
 * @param partition of the readings
 * @param firstMs arrival of its first record in the window
 * @param lastMs arrival of its last one
 */
public record Pulse(int partition, long firstMs, long lastMs) {
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
        return out.getCopyOfBuffer();
    }

    /** Of the bytes of a {@link PackedRow}. */
    public static Pulse of(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        int partition = in.readInt();
        long firstMs = Varints.read(in);
        return new Pulse(partition, firstMs, firstMs + Varints.read(in));
    }
}
