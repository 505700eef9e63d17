package io.wattstream.source;

import org.apache.flink.table.data.StringData;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What meters did in one slice: a row of figures for each of them.
 *
 * <p>Open addressing over one array, which is used again for the next slice. A fleet's rows are far
 * larger than the processor's caches, so what a reading costs is the memory that it touches: a row
 * is two lines of a cache, with the meter's id and its geohash in it as numbers. Objects would be
 * several lines each, and a hundred thousand of them every few seconds for the garbage collector.
 */
final class SliceTable {
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

    private static final int SMALLEST = 16;

    /** The row: length of the id in bytes, 0 if the row is free, ... */
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

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Commodities by their number, in the order in which they were met; there are a few. */
    private final List<StringData> commodities = new ArrayList<>();

    private long[] rows = new long[SMALLEST * WIDTH];
    private byte[][] tails;
    private int slots = SMALLEST;
    private int size;
    private StringData latestCommodity;
    private int latestNumber;

    /** How many meters there are. */
    int size() {
        return size;
    }

    /** Slots, of which some are free. */
    int slots() {
        return slots;
    }

    /** Whether a slot has a meter. */
    boolean isTaken(int slot) {
        return rows[slot * WIDTH + LENGTH] != 0;
    }

    /** The meter of a slot. */
    StringData meter(int slot) {
        int at = slot * WIDTH;
        int length = (int) rows[at + LENGTH];
        byte[] id = new byte[Math.max(length, HEAD_BYTES)];
        EIGHT_BYTES.set(id, 0, rows[at + HEAD]);
        EIGHT_BYTES.set(id, Long.BYTES, rows[at + HEAD + 1]);
        if (length > HEAD_BYTES) {
            System.arraycopy(tails[slot], 0, id, HEAD_BYTES, length - HEAD_BYTES);
        }
        return StringData.fromBytes(id, 0, length);
    }

    /** The largest geohash of a slot's readings. */
    StringData geohash(int slot) {
        return StringData.fromBytes(Geohash.unpack(rows[slot * WIDTH + GEOHASH]));
    }

    /** The largest commodity of a slot's readings. */
    StringData commodity(int slot) {
        return commodities.get((int) rows[slot * WIDTH + COMMODITY]);
    }

    long figure(int slot, int figure) {
        return rows[slot * WIDTH + FIGURE + figure];
    }

    /**
     * Counts a reading of a meter; its texts may change afterwards.
     *
     * @throws IllegalArgumentException if the geohash is none
     */
    void add(
            StringData meter,
            StringData geohash,
            StringData commodity,
            long seq,
            long stampedRegister,
            long register,
            long demand) {
        byte[] id = meter.toBytes();
        long first = eightBytes(id, 0);
        long second = eightBytes(id, Long.BYTES);
        int slot = slot(id, first, second);
        int at = slot * WIDTH;
        long place = Geohash.pack(geohash.toBytes());
        int kind = number(commodity);
        int figure = at + FIGURE;
        if (rows[at + LENGTH] == 0) {
            rows[at + LENGTH] = id.length;
            rows[at + HEAD] = first;
            rows[at + HEAD + 1] = second;
            keepTail(slot, id);
            rows[at + GEOHASH] = place;
            rows[at + COMMODITY] = kind;
            rows[figure + READINGS] = 1;
            rows[figure + FIRST_SEQ] = seq;
            rows[figure + LAST_SEQ] = seq;
            rows[figure + FIRST_STAMPED] = stampedRegister;
            rows[figure + LAST_STAMPED] = stampedRegister;
            rows[figure + LOW_REGISTER] = register;
            rows[figure + HIGH_REGISTER] = register;
            rows[figure + DEMAND_SUM] = demand;
            rows[figure + DEMAND_MIN] = demand;
            rows[figure + DEMAND_MAX] = demand;
            size++;
            if (size > slots / 4 * 3) {
                grow();
            }
            return;
        }
        rows[at + GEOHASH] = Math.max(rows[at + GEOHASH], place);
        if (rows[at + COMMODITY] != kind) {
            rows[at + COMMODITY] = larger((int) rows[at + COMMODITY], kind);
        }
        rows[figure + READINGS]++;
        rows[figure + FIRST_SEQ] = Math.min(rows[figure + FIRST_SEQ], seq);
        rows[figure + LAST_SEQ] = Math.max(rows[figure + LAST_SEQ], seq);
        rows[figure + FIRST_STAMPED] = Math.min(rows[figure + FIRST_STAMPED], stampedRegister);
        rows[figure + LAST_STAMPED] = Math.max(rows[figure + LAST_STAMPED], stampedRegister);
        rows[figure + LOW_REGISTER] = Math.min(rows[figure + LOW_REGISTER], register);
        rows[figure + HIGH_REGISTER] = Math.max(rows[figure + HIGH_REGISTER], register);
        rows[figure + DEMAND_SUM] += demand;
        rows[figure + DEMAND_MIN] = Math.min(rows[figure + DEMAND_MIN], demand);
        rows[figure + DEMAND_MAX] = Math.max(rows[figure + DEMAND_MAX], demand);
    }

    /** Forgets all meters and keeps the room. */
    void clear() {
        for (int at = LENGTH; at < rows.length; at += WIDTH) {
            rows[at] = 0;
        }
        tails = null;
        size = 0;
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

    /** Where the meter is, or would be. */
    private int slot(byte[] id, long first, long second) {
        int mask = slots - 1;
        int slot = spread(first, second, id.length) & mask;
        while (true) {
            int at = slot * WIDTH;
            long length = rows[at + LENGTH];
            if (length == 0
                    || length == id.length
                            && rows[at + HEAD] == first
                            && rows[at + HEAD + 1] == second
                            && hasTail(slot, id)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    private boolean hasTail(int slot, byte[] id) {
        return id.length <= HEAD_BYTES
                || Arrays.equals(
                        tails[slot], 0, tails[slot].length, id, HEAD_BYTES, id.length);
    }

    private void keepTail(int slot, byte[] id) {
        if (id.length > HEAD_BYTES) {
            if (tails == null) {
                tails = new byte[slots][];
            }
            tails[slot] = Arrays.copyOfRange(id, HEAD_BYTES, id.length);
        }
    }

    private int number(StringData commodity) {
        if (commodity != latestCommodity) {
            int number = commodities.indexOf(commodity);
            if (number < 0) {
                number = commodities.size();
                commodities.add(StringData.fromBytes(commodity.toBytes().clone()));
            }
            latestCommodity = commodity;
            latestNumber = number;
        }
        return latestNumber;
    }

    private int larger(int one, int other) {
        return commodities.get(one).compareTo(commodities.get(other)) > 0 ? one : other;
    }

    private void grow() {
        long[] oldRows = rows;
        byte[][] oldTails = tails;
        int oldSlots = slots;
        slots *= 2;
        rows = new long[slots * WIDTH];
        tails = oldTails == null ? null : new byte[slots][];
        int mask = slots - 1;
        for (int old = 0; old < oldSlots; old++) {
            int from = old * WIDTH;
            int length = (int) oldRows[from + LENGTH];
            if (length == 0) {
                continue;
            }
            int slot = spread(oldRows[from + HEAD], oldRows[from + HEAD + 1], length) & mask;
            while (rows[slot * WIDTH + LENGTH] != 0) {
                slot = (slot + 1) & mask;
            }
            System.arraycopy(oldRows, from, rows, slot * WIDTH, WIDTH);
            if (length > HEAD_BYTES) {
                tails[slot] = oldTails[old];
            }
        }
    }

    /** A hash of which all bits depend on all bytes of the head (MurmurHash3's finaliser). */
    private static int spread(long first, long second, int length) {
        long hash = (first * 0x9E3779B97F4A7C15L ^ second) + length;
        hash = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ hash >>> 33) * 0xC4CEB9FE1A85EC53L;
        return (int) (hash ^ hash >>> 33);
    }
}
