package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * A row of numbers for each of many meters.
 *
 * <p>Rows lie one after the other in one array; an index with open addressing finds a meter's. A
 * fleet's rows are far larger than the processor's caches, so what a look-up costs is the memory
 * that it touches: the meter's id is in its row as numbers, and rows are whole lines of a cache.
 * Objects would be several lines each, and a hundred thousand of them for the garbage collector.
 */
public final class RowTable {
    /** Where in a row its owner's numbers begin; before them is whose row it is. */
    public static final int OWN = 3;

    private static final int FEWEST_ROWS = 3;

    /** A table of more grows by a quarter: room that stays empty is most of a large one's cost. */
    private static final int MANY_ROWS = 256;

    /** Of a table without rows: windows of a quiet log have many of them. */
    private static final long[] NO_ROWS = {};

    private static final int[] NO_INDEX = {0};

    private static final byte[] NO_TAIL = {};

    /** Numbers in a line of a processor's cache. */
    private static final int LINE = 8;

    /** All rows; {@link #at} says where one begins. Another array once a meter is added. */
    public long[] rows = NO_ROWS;

    private final int used;
    private final int width;
    @Nullable private byte[][] tails;

    /** Number of a row plus one, 0 if free; at most three of four are taken. */
    private int[] index = NO_INDEX;

    private int size;

    /**
     * @param own how many numbers a row has for its owner
     */
    public RowTable(int own) {
        used = OWN + own;
        width = (used + LINE - 1) / LINE * LINE;
    }

    /** How many meters there are; their rows are numbered from 0. */
    public int size() {
        return size;
    }

    /** Where in {@link #rows} a row begins. */
    public int at(int row) {
        return row * width;
    }

    /** The number beside the id of a row's meter. */
    public int number(int row) {
        return RowKey.number(rows[row * width]);
    }

    /** Compares the ids of two rows' meters, byte by byte. */
    public int compareIds(int row, int other) {
        int at = row * width;
        int otherAt = other * width;
        for (int i = 1; i < OWN; i++) {
            // The first byte is the lowest, and there are zeros behind an id's end.
            int order =
                    Long.compareUnsigned(
                            Long.reverseBytes(rows[at + i]), Long.reverseBytes(rows[otherAt + i]));
            if (order != 0) {
                return order;
            }
        }
        byte[] tail = tail(row);
        byte[] otherTail = tail(other);
        return Arrays.compareUnsigned(
                tail == null ? NO_TAIL : tail, otherTail == null ? NO_TAIL : otherTail);
    }

    @Nullable
    byte[] tail(int row) {
        return RowKey.tailLength(rows[row * width]) == 0 ? null : tails[row];
    }

    /** The row that a meter's is as a rule, by the index; -1 if it has none. */
    int guess(long key, long first, long second, @Nullable byte[] tail) {
        return index[spread(first, second, (int) key + Arrays.hashCode(tail)) & index.length - 1]
                - 1;
    }

    /** Reads something of the lines of the cache that a row begins in. */
    long touch(int row) {
        int at = Math.max(row, 0) * width;
        return at < rows.length ? rows[at] : 0;
    }

    /** The row of a meter, or -1. */
    public int find(RowKey meter) {
        return index[slot(meter.key, meter.first, meter.second, meter.tail)] - 1;
    }

    /** The row of a meter; if it is new, the last one, whose own numbers are 0. */
    public int findOrAdd(RowKey meter) {
        int slot = slot(meter.key, meter.first, meter.second, meter.tail);
        if (index[slot] > 0) {
            return index[slot] - 1;
        }
        if ((size + 1) * width > rows.length) {
            grow();
            slot = slot(meter.key, meter.first, meter.second, meter.tail);
        }
        int at = size * width;
        rows[at] = meter.key;
        rows[at + 1] = meter.first;
        rows[at + 2] = meter.second;
        Arrays.fill(rows, at + OWN, at + used, 0);
        if (meter.tail != null) {
            if (tails == null || tails.length <= size) {
                int room = rows.length / width;
                tails = tails == null ? new byte[room][] : Arrays.copyOf(tails, room);
            }
            tails[size] = meter.tail;
        }
        index[slot] = ++size;
        return size - 1;
    }

    /** Forgets all meters and keeps the room. */
    public void clear() {
        if (size > 0) {
            Arrays.fill(index, 0);
        }
        tails = null;
        size = 0;
    }

    /** Writes all rows. */
    public void write(DataOutputView out) throws IOException {
        out.writeInt(size);
        byte[] bytes = new byte[(used + 1) / 2 * LongPairs.MOST_BYTES];
        for (int row = 0; row < size; row++) {
            int at = row * width;
            int length = 0;
            // Of an odd number of them the last has room beside it, a line of the cache being even.
            for (int i = at; i < at + used; i += 2) {
                length = LongPairs.put(bytes, length, rows[i], rows[i + 1]);
            }
            out.write(bytes, 0, length);
            if (RowKey.tailLength(rows[at]) > 0) {
                out.write(tails[row]);
            }
        }
    }

    /** Adds the rows that {@link #write} wrote, none of whose meters is there, in their order. */
    public void read(DataInputView in) throws IOException {
        RowKey meter = new RowKey();
        long[] own = new long[width];
        LongPairs pair = new LongPairs();
        for (int left = in.readInt(); left > 0; left--) {
            for (int i = 0; i < used; i += 2) {
                pair.read(in);
                own[i] = pair.first;
                own[i + 1] = pair.second;
            }
            meter.key = own[0];
            meter.first = own[1];
            meter.second = own[2];
            int tail = RowKey.tailLength(meter.key);
            meter.tail = tail == 0 ? null : new byte[tail];
            if (tail > 0) {
                in.readFully(meter.tail);
            }
            int row = findOrAdd(meter);
            System.arraycopy(own, OWN, rows, row * width + OWN, used - OWN);
        }
    }

    /** Where in the index a meter is, or would be. */
    private int slot(long key, long first, long second, @Nullable byte[] tail) {
        int mask = index.length - 1;
        int slot = spread(first, second, (int) key + Arrays.hashCode(tail)) & mask;
        while (index[slot] != 0) {
            int row = index[slot] - 1;
            int at = row * width;
            if (rows[at + 1] == first
                    && rows[at + 2] == second
                    && rows[at] == key
                    && (tail == null || Arrays.equals(tails[row], tail))) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int more = Math.max(size < MANY_ROWS ? size : size / 4, FEWEST_ROWS);
        rows = Arrays.copyOf(rows, (size + more) * width);
        index = new int[slotsFor(rows.length / width)];
        for (int row = 0; row < size; row++) {
            int at = row * width;
            index[slot(rows[at], rows[at + 1], rows[at + 2], tail(row))] = row + 1;
        }
    }

    private static int slotsFor(int rows) {
        return Integer.highestOneBit((rows * 4 + 2) / 3 - 1) * 2;
    }

    /** A hash of which all bits depend on all that is given (MurmurHash3's finaliser). */
    private static int spread(long first, long second, int key) {
        long hash = ((first * 0x9E3779B97F4A7C15L) ^ second) + key;
        hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return (int) (hash ^ (hash >>> 33));
    }
}
