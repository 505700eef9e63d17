package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whole numbers two by two in as few bytes as they need, small negative ones too: a byte says how
 * many each has, 0 to 8. Of millions of numbers {@link Varints} would look at each byte.
 */
final class LongPairs {
    /** Room that a pair needs while it is put, though it may take less. */
    static final int MOST_BYTES = 17;

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BITS = 4;

    private final byte[] bytes = new byte[2 * Long.BYTES];

    /** The numbers that were read last. */
    long first;

    long second;

    /** Puts two numbers into bytes, and says where the next ones go. */
    static int put(byte[] to, int at, long first, long second) {
        long one = Varints.zigzag(first);
        long other = Varints.zigzag(second);
        int length = length(one);
        int otherLength = length(other);
        to[at] = (byte) (length << BITS | otherLength);
        LONG.set(to, at + 1, one);
        LONG.set(to, at + 1 + length, other);
        return at + 1 + length + otherLength;
    }

    void read(DataInputView in) throws IOException {
        int lengths = in.readUnsignedByte();
        int length = lengths >>> BITS;
        int otherLength = lengths & (1 << BITS) - 1;
        in.readFully(bytes, 0, length + otherLength);
        first = number(0, length);
        second = number(length, otherLength);
    }

    private long number(int at, int length) {
        if (length == 0) {
            return 0;
        }
        return Varints.unzigzag((long) LONG.get(bytes, at) & -1L >>> (Long.SIZE - length * 8));
    }

    private static int length(long bits) {
        return (Long.SIZE + 7 - Long.numberOfLeadingZeros(bits)) / 8;
    }
}
