package io.wattstream.readings.windows;

import io.wattstream.readings.windows.Figure.Merge;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * What meters did in one window of time: a row of figures for each of them.
 *
 * <p>Rows lie one after the other in one array, which is used again for the next window; an index
 * with open addressing finds a meter's. A fleet's rows are far larger than the processor's caches,
 * so what a reading costs is the memory that it touches: a row is two or three lines of a cache,
 * with the meter's id and its geohash in it as numbers. Objects would be several lines each, and a
 * hundred thousand of them every few seconds for the garbage collector.
 */
final class MeterTable {
    private static final int FEWEST_ROWS = 12;

    /** Numbers in a line of a processor's cache. */
    private static final int LINE = 8;

    /** The row: length of the id in bytes, ... */
    private static final int LENGTH = 0;

    /** ... its first bytes, and how many there is room for; what is longer is in {@link #tails}, */
    private static final int HEAD = 1;

    private static final int HEAD_BYTES = 16;

    /** ... the geohash as {@link Geohash} packs it, and the number of the commodity, ... */
    private static final int GEOHASH = 3;

    private static final int COMMODITY = 4;

    /** ... and the figures, in the order of their positions. */
    static final int FIGURE = 5;

    private static final int MINIMA = FIGURE + Figure.count(Merge.SUM);
    private static final int MAXIMA = MINIMA + Figure.count(Merge.MIN);
    private static final int USED = FIGURE + Figure.COUNT;

    /** Whole lines of a cache. */
    static final int WIDTH = (USED + LINE - 1) / LINE * LINE;

    /** Positions by columns: a checkpoint has figures in the order of the columns. */
    private static final int[] POSITIONS = Figure.positions();

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Commodities commodities;

    /** A row that is about to be counted. */
    private final long[] given = new long[USED];

    private long[] rows = new long[FEWEST_ROWS * WIDTH];
    @Nullable private byte[][] tails;

    /** Number of a row plus one, 0 if free; at most three of four are taken. */
    private int[] index = new int[slotsFor(FEWEST_ROWS)];

    private int size;

    /**
     * @param commodities shared by all tables that take rows from one another
     */
    MeterTable(Commodities commodities) {
        this.commodities = commodities;
    }

    /** How many meters there are; their rows are numbered from 0. */
    int size() {
        return size;
    }

    /** The meter of a row. */
    StringData meter(int row) {
        int at = row * WIDTH;
        int length = (int) rows[at + LENGTH];
        byte[] id = new byte[Math.max(length, HEAD_BYTES)];
        EIGHT_BYTES.set(id, 0, rows[at + HEAD]);
        EIGHT_BYTES.set(id, Long.BYTES, rows[at + HEAD + 1]);
        if (length > HEAD_BYTES) {
            System.arraycopy(tails[row], 0, id, HEAD_BYTES, length - HEAD_BYTES);
        }
        return StringData.fromBytes(id, 0, length);
    }

    /** The largest geohash of a meter's readings. */
    StringData geohash(int row) {
        return StringData.fromBytes(Geohash.unpack(rows[row * WIDTH + GEOHASH]));
    }

    /** The largest commodity of a meter's readings. */
    StringData commodity(int row) {
        return commodities.text((int) rows[row * WIDTH + COMMODITY]);
    }

    /** A figure of a meter, by its position. */
    long figure(int row, int position) {
        return rows[row * WIDTH + FIGURE + position];
    }

    /** Counts what a meter did in another window, which is a part of this one. */
    void addRow(MeterTable other, int row) {
        int from = row * WIDTH;
        add(other.rows, from, other.rows[from + LENGTH] <= HEAD_BYTES ? null : other.tails[row]);
    }

    /**
     * Counts what a meter did in a part of the window; the bytes of its texts may change
     * afterwards.
     *
     * @param figures by their positions
     * @throws IllegalArgumentException if the geohash is none
     */
    void add(StringData meter, StringData geohash, StringData commodity, long[] figures) {
        byte[] tail = begin(given, 0, meter, geohash, commodity);
        System.arraycopy(figures, 0, given, FIGURE, Figure.COUNT);
        add(given, 0, tail);
    }

    /**
     * Writes to {@code to}, from there on, whose row it is; the figures follow at {@link #FIGURE}.
     *
     * @return what of the meter's id has no room there, or null
     * @throws IllegalArgumentException if the geohash is none
     */
    @Nullable
    byte[] begin(long[] to, int at, StringData meter, StringData geohash, StringData commodity) {
        byte[] id = meter.toBytes();
        to[at + LENGTH] = id.length;
        to[at + HEAD] = eightBytes(id, 0);
        to[at + HEAD + 1] = eightBytes(id, Long.BYTES);
        to[at + GEOHASH] = Geohash.pack(geohash.toBytes());
        to[at + COMMODITY] = commodities.number(commodity);
        return id.length <= HEAD_BYTES ? null : Arrays.copyOfRange(id, HEAD_BYTES, id.length);
    }

    /** Number of the row that a meter's is as a rule, by the index; -1 if it has none. */
    int guess(long[] added, int from) {
        return index[firstSlot(added, from)] - 1;
    }

    /** Reads something of each line of the cache that a row lies in. */
    long touch(int row) {
        int at = Math.max(row, 0) * WIDTH;
        return rows[at] + rows[at + WIDTH / 2] + rows[at + USED - 1];
    }

    /**
     * Counts a row, which begins there in {@code added} and has this tail.
     *
     * @return whether its meter is new
     */
    boolean add(long[] added, int from, @Nullable byte[] tail) {
        if (size * WIDTH == rows.length) {
            grow();
        }
        int slot = slot(added, from, tail);
        if (index[slot] == 0) {
            append(added, from, tail);
            index[slot] = size;
            return true;
        }
        merge((index[slot] - 1) * WIDTH, added, from);
        return false;
    }

    private void append(long[] added, int from, @Nullable byte[] tail) {
        System.arraycopy(added, from, rows, size * WIDTH, USED);
        if (tail != null) {
            if (tails == null || tails.length <= size) {
                int room = rows.length / WIDTH;
                tails = tails == null ? new byte[room][] : Arrays.copyOf(tails, room);
            }
            tails[size] = tail;
        }
        size++;
    }

    private void merge(int at, long[] added, int from) {
        rows[at + GEOHASH] = Math.max(rows[at + GEOHASH], added[from + GEOHASH]);
        if (rows[at + COMMODITY] != added[from + COMMODITY]) {
            rows[at + COMMODITY] =
                    commodities.larger((int) rows[at + COMMODITY], (int) added[from + COMMODITY]);
        }
        for (int i = FIGURE; i < MINIMA; i++) {
            rows[at + i] += added[from + i];
        }
        for (int i = MINIMA; i < MAXIMA; i++) {
            rows[at + i] = Math.min(rows[at + i], added[from + i]);
        }
        for (int i = MAXIMA; i < USED; i++) {
            rows[at + i] = Math.max(rows[at + i], added[from + i]);
        }
    }

    /** Forgets all meters and keeps the room. */
    void clear() {
        Arrays.fill(index, 0);
        tails = null;
        size = 0;
    }

    /** Writes all rows, with commodities by their numbers. */
    void write(DataOutputView out) throws IOException {
        out.writeInt(size);
        byte[] bytes = new byte[USED * Long.BYTES];
        for (int row = 0; row < size; row++) {
            for (int i = 0; i < USED; i++) {
                EIGHT_BYTES.set(bytes, i * Long.BYTES, rows[row * WIDTH + stored(i)]);
            }
            out.write(bytes);
            int length = (int) rows[row * WIDTH + LENGTH];
            if (length > HEAD_BYTES) {
                out.write(tails[row]);
            }
        }
    }

    /**
     * Adds the rows that {@link #write} wrote to those that are there.
     *
     * @param numbers of the commodities now, by those of when they were written
     */
    void read(DataInputView in, int[] numbers) throws IOException {
        byte[] bytes = new byte[USED * Long.BYTES];
        for (int left = in.readInt(); left > 0; left--) {
            in.readFully(bytes);
            for (int i = 0; i < USED; i++) {
                given[stored(i)] = (long) EIGHT_BYTES.get(bytes, i * Long.BYTES);
            }
            given[COMMODITY] = numbers[(int) given[COMMODITY]];
            byte[] tail = null;
            int length = (int) given[LENGTH];
            if (length > HEAD_BYTES) {
                tail = new byte[length - HEAD_BYTES];
                in.readFully(tail);
            }
            add(given, 0, tail);
        }
    }

    /** Where in a row the number is that a checkpoint has there. */
    private static int stored(int i) {
        return i < FIGURE ? i : FIGURE + POSITIONS[i - FIGURE];
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

    /** Where in the index the meter of a row is, or would be. */
    private int slot(long[] added, int from, @Nullable byte[] tail) {
        long length = added[from + LENGTH];
        long first = added[from + HEAD];
        long second = added[from + HEAD + 1];
        int mask = index.length - 1;
        int slot = firstSlot(added, from);
        while (index[slot] != 0) {
            int row = index[slot] - 1;
            int at = row * WIDTH;
            if (rows[at + HEAD] == first
                    && rows[at + HEAD + 1] == second
                    && rows[at + LENGTH] == length
                    && (tail == null || Arrays.equals(tails[row], tail))) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private int firstSlot(long[] added, int from) {
        return spread(added[from + HEAD], added[from + HEAD + 1], (int) added[from + LENGTH])
                & (index.length - 1);
    }

    private void grow() {
        rows = Arrays.copyOf(rows, 2 * rows.length);
        index = new int[slotsFor(rows.length / WIDTH)];
        for (int row = 0; row < size; row++) {
            int at = row * WIDTH;
            index[slot(rows, at, rows[at + LENGTH] <= HEAD_BYTES ? null : tails[row])] = row + 1;
        }
    }

    private static int slotsFor(int rows) {
        return Integer.highestOneBit(rows / 3 * 4 - 1) * 2;
    }

    /** A hash of which all bits depend on all bytes of the head (MurmurHash3's finaliser). */
    private static int spread(long first, long second, int length) {
        long hash = ((first * 0x9E3779B97F4A7C15L) ^ second) + length;
        hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return (int) (hash ^ (hash >>> 33));
    }
}
