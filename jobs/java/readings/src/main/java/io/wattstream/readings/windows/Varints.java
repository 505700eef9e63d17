package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;

/**
 * Whole numbers in as few bytes as they need, small negative ones too (zigzag, seven bits each).
 */
public final class Varints {
    private static final int MORE = 0x80;
    private static final int BITS = 7;

    private Varints() {}

    public static void write(DataOutputView out, long number) throws IOException {
        long left = zigzag(number);
        while ((left & -MORE) != 0) {
            out.writeByte((int) left | MORE);
            left >>>= BITS;
        }
        out.writeByte((int) left);
    }

    public static long read(DataInputView in) throws IOException {
        long bits = 0;
        int shift = 0;
        int next;
        do {
            next = in.readByte();
            bits |= (long) (next & MORE - 1) << shift;
            shift += BITS;
        } while ((next & MORE) != 0);
        return unzigzag(bits);
    }

    static long zigzag(long number) {
        return (number << 1) ^ (number >> 63);
    }

    static long unzigzag(long bits) {
        return (bits >>> 1) ^ -(bits & 1);
    }
}
