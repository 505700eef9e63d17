package io.wattstream.source;

import org.apache.flink.table.data.StringData;

import java.util.Arrays;

/**
 * What meters did in one slice: a row of figures for each of them.
 *
 * <p>Open addressing over arrays that are used again for the next slice: a map of objects would
 * leave the garbage collector a hundred thousand of them every few seconds, too old to be cheap.
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

    private StringData[] meters = new StringData[SMALLEST];
    private StringData[] geohashes = new StringData[SMALLEST];
    private StringData[] commodities = new StringData[SMALLEST];
    private int[] hashes = new int[SMALLEST];
    private long[] figures = new long[SMALLEST * FIGURES];
    private int size;

    /** How many meters there are. */
    int size() {
        return size;
    }

    /** Slots, of which some are free. */
    int slots() {
        return meters.length;
    }

    /** The meter of a slot, or null if it is free. */
    StringData meter(int slot) {
        return meters[slot];
    }

    /** The largest geohash of a slot's readings. */
    StringData geohash(int slot) {
        return geohashes[slot];
    }

    /** The largest commodity of a slot's readings. */
    StringData commodity(int slot) {
        return commodities[slot];
    }

    long figure(int slot, int figure) {
        return figures[slot * FIGURES + figure];
    }

    /** Counts a reading of a meter; its texts may change afterwards. */
    void add(
            StringData meter,
            StringData geohash,
            StringData commodity,
            long seq,
            long stampedRegister,
            long register,
            long demand) {
        int hash = spread(meter.hashCode());
        int slot = slot(meter, hash);
        if (meters[slot] == null) {
            begin(slot, hash, meter, geohash, commodity);
            int at = slot * FIGURES;
            figures[at + READINGS] = 1;
            figures[at + FIRST_SEQ] = seq;
            figures[at + LAST_SEQ] = seq;
            figures[at + FIRST_STAMPED] = stampedRegister;
            figures[at + LAST_STAMPED] = stampedRegister;
            figures[at + LOW_REGISTER] = register;
            figures[at + HIGH_REGISTER] = register;
            figures[at + DEMAND_SUM] = demand;
            figures[at + DEMAND_MIN] = demand;
            figures[at + DEMAND_MAX] = demand;
            if (2 * ++size > meters.length) {
                grow();
            }
            return;
        }
        int at = slot * FIGURES;
        figures[at + READINGS]++;
        figures[at + FIRST_SEQ] = Math.min(figures[at + FIRST_SEQ], seq);
        figures[at + LAST_SEQ] = Math.max(figures[at + LAST_SEQ], seq);
        figures[at + FIRST_STAMPED] = Math.min(figures[at + FIRST_STAMPED], stampedRegister);
        figures[at + LAST_STAMPED] = Math.max(figures[at + LAST_STAMPED], stampedRegister);
        figures[at + LOW_REGISTER] = Math.min(figures[at + LOW_REGISTER], register);
        figures[at + HIGH_REGISTER] = Math.max(figures[at + HIGH_REGISTER], register);
        figures[at + DEMAND_SUM] += demand;
        figures[at + DEMAND_MIN] = Math.min(figures[at + DEMAND_MIN], demand);
        figures[at + DEMAND_MAX] = Math.max(figures[at + DEMAND_MAX], demand);
        geohashes[slot] = larger(geohashes[slot], geohash);
        commodities[slot] = larger(commodities[slot], commodity);
    }

    /** Forgets all meters and keeps the room. */
    void clear() {
        Arrays.fill(meters, null);
        Arrays.fill(geohashes, null);
        Arrays.fill(commodities, null);
        size = 0;
    }

    private void begin(
            int slot, int hash, StringData meter, StringData geohash, StringData commodity) {
        hashes[slot] = hash;
        meters[slot] = copy(meter);
        geohashes[slot] = copy(geohash);
        commodities[slot] = copy(commodity);
    }

    /** Where the meter is, or would be. */
    private int slot(StringData meter, int hash) {
        int mask = meters.length - 1;
        int slot = hash & mask;
        while (meters[slot] != null
                && !(hashes[slot] == hash && meters[slot].equals(meter))) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        StringData[] oldMeters = meters;
        StringData[] oldGeohashes = geohashes;
        StringData[] oldCommodities = commodities;
        int[] oldHashes = hashes;
        long[] oldFigures = figures;
        int slots = 2 * oldMeters.length;
        meters = new StringData[slots];
        geohashes = new StringData[slots];
        commodities = new StringData[slots];
        hashes = new int[slots];
        figures = new long[slots * FIGURES];
        for (int old = 0; old < oldMeters.length; old++) {
            if (oldMeters[old] == null) {
                continue;
            }
            int slot = slot(oldMeters[old], oldHashes[old]);
            meters[slot] = oldMeters[old];
            geohashes[slot] = oldGeohashes[old];
            commodities[slot] = oldCommodities[old];
            hashes[slot] = oldHashes[old];
            System.arraycopy(oldFigures, old * FIGURES, figures, slot * FIGURES, FIGURES);
        }
    }

    private static StringData larger(StringData known, StringData text) {
        return known.equals(text) || known.compareTo(text) > 0 ? known : copy(text);
    }

    private static StringData copy(StringData text) {
        return StringData.fromBytes(text.toBytes());
    }

    /** The low bits choose the slot: all bits of the hash must have a say in them. */
    private static int spread(int hash) {
        return hash * 0x9E3779B9 ^ hash >>> 16;
    }
}
