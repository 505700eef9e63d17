package io.wattstream.source;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What meters did in one window of time: a row of figures for each of them.
 *
 * <p>Rows lie one after the other in one array, which is used again for the next window; an index
 * with open addressing finds a meter's. A fleet's rows are far larger than the processor's caches,
 * so what a reading costs is the memory that it touches: a row is two lines of a cache, with the
 * meter's id and its geohash in it as numbers. Objects would be several lines each, and a hundred
 * thousand of them every few seconds for the garbage collector.
 */
final class MeterTable {
    static final int READINGS = 0;
    static final int FIRST_SEQ = 1;
    static final int LAST_SEQ = 2;
    static final int FIRST_STAMPED = 3;
    static final int LAST_STAMPED = 4;
    static final int LOW_REGISTER = 5;
    static final int HIGH_REGISTER = 6;
    static final int DEMAND_SUM = 7;
    static final int DEMAND_MIN = 8;
    static final int DEMAND_MAX = 9;

    /** Figures of a meter. */
    static final int FIGURES = 10;

    private static final int FEWEST_ROWS = 12;

    /** The row: length of the id in bytes, ... */
    private static final int LENGTH = 0;

    /** ... its first bytes, and how many there is room for; what is longer is in {@link #tails}, */
    private static final int HEAD = 1;
    private static final int HEAD_BYTES = 16;

    /** ... the geohash as {@link Geohash} packs it, and the number of the commodity, ... */
    private static final int GEOHASH = 3;
    private static final int COMMODITY = 4;

    /** ... and the figures. */
    private static final int FIGURE = 5;
    private static final int WIDTH = 16;
    private static final int USED = FIGURE + FIGURES;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Commodities commodities;
    private long[] rows = new long[FEWEST_ROWS * WIDTH];
    private byte[][] tails;

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

    long figure(int row, int figure) {
        return rows[row * WIDTH + FIGURE + figure];
    }

    /**
     * Counts a reading of a meter; the bytes of its texts may change afterwards.
     *
     * @throws IllegalArgumentException if the geohash is none
     */
    void addReading(
            StringData meter,
            StringData geohash,
            StringData commodity,
            long seq,
            long stampedRegister,
            long register,
            long demand) {
        add(
                meter, geohash, commodity, 1, seq, seq, stampedRegister, stampedRegister, register,
                register, demand, demand, demand);
    }

    /**
     * Counts what a meter did in a part of the window; the bytes of its texts may change afterwards.
     *
     * @throws IllegalArgumentException if the geohash is none
     */
    void add(
            StringData meter,
            StringData geohash,
            StringData commodity,
            long readings,
            long firstSeq,
            long lastSeq,
            long firstStamped,
            long lastStamped,
            long lowRegister,
            long highRegister,
            long demandSum,
            long demandMin,
            long demandMax) {
        byte[] id = meter.toBytes();
        long first = eightBytes(id, 0);
        long second = eightBytes(id, Long.BYTES);
        byte[] tail = id.length <= HEAD_BYTES ? null : Arrays.copyOfRange(id, HEAD_BYTES, id.length);
        int at = rowOf(id.length, first, second, tail) * WIDTH;
        add(
                at, Geohash.pack(geohash.toBytes()), commodities.number(commodity), readings,
                firstSeq, lastSeq, firstStamped, lastStamped, lowRegister, highRegister, demandSum,
                demandMin, demandMax);
    }

    /** Counts what a meter did in another window, which is a part of this one. */
    void addRow(MeterTable other, int row) {
        long[] its = other.rows;
        int from = row * WIDTH;
        int length = (int) its[from + LENGTH];
        byte[] tail = length <= HEAD_BYTES ? null : other.tails[row];
        int at = rowOf(length, its[from + HEAD], its[from + HEAD + 1], tail) * WIDTH;
        int figure = from + FIGURE;
        add(
                at,
                its[from + GEOHASH],
                (int) its[from + COMMODITY],
                its[figure + READINGS],
                its[figure + FIRST_SEQ],
                its[figure + LAST_SEQ],
                its[figure + FIRST_STAMPED],
                its[figure + LAST_STAMPED],
                its[figure + LOW_REGISTER],
                its[figure + HIGH_REGISTER],
                its[figure + DEMAND_SUM],
                its[figure + DEMAND_MIN],
                its[figure + DEMAND_MAX]);
    }

    private void add(
            int at,
            long geohash,
            int commodity,
            long readings,
            long firstSeq,
            long lastSeq,
            long firstStamped,
            long lastStamped,
            long lowRegister,
            long highRegister,
            long demandSum,
            long demandMin,
            long demandMax) {
        int figure = at + FIGURE;
        if (rows[figure + READINGS] == 0) {
            rows[at + GEOHASH] = geohash;
            rows[at + COMMODITY] = commodity;
            rows[figure + READINGS] = readings;
            rows[figure + FIRST_SEQ] = firstSeq;
            rows[figure + LAST_SEQ] = lastSeq;
            rows[figure + FIRST_STAMPED] = firstStamped;
            rows[figure + LAST_STAMPED] = lastStamped;
            rows[figure + LOW_REGISTER] = lowRegister;
            rows[figure + HIGH_REGISTER] = highRegister;
            rows[figure + DEMAND_SUM] = demandSum;
            rows[figure + DEMAND_MIN] = demandMin;
            rows[figure + DEMAND_MAX] = demandMax;
            return;
        }
        rows[at + GEOHASH] = Math.max(rows[at + GEOHASH], geohash);
        if (rows[at + COMMODITY] != commodity) {
            rows[at + COMMODITY] = commodities.larger((int) rows[at + COMMODITY], commodity);
        }
        rows[figure + READINGS] += readings;
        rows[figure + FIRST_SEQ] = Math.min(rows[figure + FIRST_SEQ], firstSeq);
        rows[figure + LAST_SEQ] = Math.max(rows[figure + LAST_SEQ], lastSeq);
        rows[figure + FIRST_STAMPED] = Math.min(rows[figure + FIRST_STAMPED], firstStamped);
        rows[figure + LAST_STAMPED] = Math.max(rows[figure + LAST_STAMPED], lastStamped);
        rows[figure + LOW_REGISTER] = Math.min(rows[figure + LOW_REGISTER], lowRegister);
        rows[figure + HIGH_REGISTER] = Math.max(rows[figure + HIGH_REGISTER], highRegister);
        rows[figure + DEMAND_SUM] += demandSum;
        rows[figure + DEMAND_MIN] = Math.min(rows[figure + DEMAND_MIN], demandMin);
        rows[figure + DEMAND_MAX] = Math.max(rows[figure + DEMAND_MAX], demandMax);
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
                EIGHT_BYTES.set(bytes, i * Long.BYTES, rows[row * WIDTH + i]);
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
        MeterTable one = new MeterTable(commodities);
        one.tails = new byte[1][];
        byte[] bytes = new byte[USED * Long.BYTES];
        for (int left = in.readInt(); left > 0; left--) {
            in.readFully(bytes);
            for (int i = 0; i < USED; i++) {
                one.rows[i] = (long) EIGHT_BYTES.get(bytes, i * Long.BYTES);
            }
            one.rows[COMMODITY] = numbers[(int) one.rows[COMMODITY]];
            int length = (int) one.rows[LENGTH];
            if (length > HEAD_BYTES) {
                one.tails[0] = new byte[length - HEAD_BYTES];
                in.readFully(one.tails[0]);
            }
            addRow(one, 0);
        }
    }

    /** Eight bytes of an id, zeros behind its end. */
    private static long eightBytes(byte[] id, int from) {
        if (from + Long.BYTES <= id.length) {
            return (long) EIGHT_BYTES.get(id, from);
        }
        long bytes = 0;
        for (int i = from; i < id.length; i++) {
            bytes |= (id[i] & 0xFFL) << 8 * (i - from);
        }
        return bytes;
    }

    /** Row of a meter; a new one counts no readings yet. */
    private int rowOf(int length, long first, long second, byte[] tail) {
        if (size * WIDTH == rows.length) {
            grow();
        }
        int mask = index.length - 1;
        int slot = spread(first, second, length) & mask;
        while (index[slot] != 0) {
            int row = index[slot] - 1;
            int at = row * WIDTH;
            if (rows[at + HEAD] == first
                    && rows[at + HEAD + 1] == second
                    && rows[at + LENGTH] == length
                    && (tail == null || Arrays.equals(tails[row], tail))) {
                return row;
            }
            slot = (slot + 1) & mask;
        }
        index[slot] = size + 1;
        return newRow(length, first, second, tail);
    }

    private int newRow(int length, long first, long second, byte[] tail) {
        int row = size++;
        int at = row * WIDTH;
        rows[at + LENGTH] = length;
        rows[at + HEAD] = first;
        rows[at + HEAD + 1] = second;
        rows[at + FIGURE + READINGS] = 0;
        if (tail != null) {
            if (tails == null || tails.length <= row) {
                int room = rows.length / WIDTH;
                tails = tails == null ? new byte[room][] : Arrays.copyOf(tails, room);
            }
            tails[row] = tail;
        }
        return row;
    }

    private void grow() {
        rows = Arrays.copyOf(rows, 2 * rows.length);
        index = new int[slotsFor(rows.length / WIDTH)];
        int mask = index.length - 1;
        for (int row = 0; row < size; row++) {
            int at = row * WIDTH;
            int slot = spread(rows[at + HEAD], rows[at + HEAD + 1], (int) rows[at + LENGTH]) & mask;
            while (index[slot] != 0) {
                slot = (slot + 1) & mask;
            }
            index[slot] = row + 1;
        }
    }

    private static int slotsFor(int rows) {
        return Integer.highestOneBit(rows / 3 * 4 - 1) * 2;
    }

    /** A hash of which all bits depend on all bytes of the head (MurmurHash3's finaliser). */
    private static int spread(long first, long second, int length) {
        long hash = (first * 0x9E3779B97F4A7C15L ^ second) + length;
        hash = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ hash >>> 33) * 0xC4CEB9FE1A85EC53L;
        return (int) (hash ^ hash >>> 33);
    }
}
