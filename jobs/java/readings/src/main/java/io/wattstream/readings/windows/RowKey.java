package io.wattstream.readings.windows;

import org.apache.flink.table.data.StringData;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * Whose row of a {@link RowTable} it is, as numbers: an id and a small number beside it. Of a meter
 * that is its commodity, since an electricity and a gas meter may share an id.
 */
public final class RowKey {
    private static final int HEAD_BYTES = 16;
    private static final int NUMBER_SHIFT = 8;
    private static final int LENGTH_MASK = (1 << NUMBER_SHIFT) - 1;
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Length of the id in bytes, and above it the number. */
    long key;

    /** The id's first bytes. */
    long first;

    long second;

    /** What of the id is longer, or null. */
    @Nullable byte[] tail;

    /** Takes on an id and a number; the bytes of the id may change afterwards. */
    public RowKey set(StringData id, int number) {
        byte[] bytes = id.toBytes();
        key = bytes.length | (long) number << NUMBER_SHIFT;
        first = eightBytes(bytes, 0);
        second = eightBytes(bytes, Long.BYTES);
        tail =
                bytes.length <= HEAD_BYTES
                        ? null
                        : Arrays.copyOfRange(bytes, HEAD_BYTES, bytes.length);
        return this;
    }

    /** Takes on an id that is a number itself. */
    public RowKey set(long id, int number) {
        key = Long.BYTES | (long) number << NUMBER_SHIFT;
        first = id;
        second = 0;
        tail = null;
        return this;
    }

    /** Takes on that of a row. */
    public RowKey set(RowTable table, int row) {
        int at = table.at(row);
        key = table.rows[at];
        first = table.rows[at + 1];
        second = table.rows[at + 2];
        tail = table.tail(row);
        return this;
    }

    /** The id. */
    public StringData id() {
        int length = (int) key & LENGTH_MASK;
        byte[] bytes = new byte[Math.max(length, HEAD_BYTES)];
        EIGHT_BYTES.set(bytes, 0, first);
        EIGHT_BYTES.set(bytes, Long.BYTES, second);
        if (tail != null) {
            System.arraycopy(tail, 0, bytes, HEAD_BYTES, tail.length);
        }
        return StringData.fromBytes(bytes, 0, length);
    }

    /** The id that is a number. */
    public long idNumber() {
        return first;
    }

    /** The number beside the id. */
    public int number() {
        return number(key);
    }

    /** The number of a key. */
    static int number(long key) {
        return (int) (key >> NUMBER_SHIFT);
    }

    /** How long the tail of a key's id is. */
    static int tailLength(long key) {
        return Math.max((int) key & LENGTH_MASK, HEAD_BYTES) - HEAD_BYTES;
    }

    /** A hash of an id that is the same for ever: state is found by it again. */
    public static int hash(StringData id) {
        return Arrays.hashCode(id.toBytes());
    }

    /** Eight bytes of an id, zeros behind its end. */
    private static long eightBytes(byte[] id, int from) {
        if (from + Long.BYTES <= id.length) {
            return (long) EIGHT_BYTES.get(id, from);
        }
        long bytes = 0;
        for (int i = from; i < id.length; i++) {
            bytes |= (id[i] & 0xFFL) << (8 * (i - from));
        }
        return bytes;
    }
}
