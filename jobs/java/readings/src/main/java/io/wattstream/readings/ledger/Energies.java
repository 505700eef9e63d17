package io.wattstream.readings.ledger;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What a meter used in each of its last hours, as far as it was measured; kept in its row, where it
 * is touched when an hour is over and at no other time.
 *
 * <p>They are whole thousandths, so that the sums that a model is made of are those that it is
 * asked for. Two are in a number of the row; an hour has a place by its number since the epoch, so
 * that nothing has to move when the next one comes.
 */
final class Energies {
    /** A day, and the three hours before: contracts/hours.py. */
    static final int HOURS = 27;

    /**
     * How many numbers of a row they are: with the number of the latest hour, 0 without one, and
     * how long there has been a base load.
     */
    static final int NUMBERS = (HOURS + 1) / 2;

    /** Of an hour that is not whole, or is not known. */
    static final int NOT_WHOLE = -1;

    /** Of one that is not whole, and of which it is known that nothing was counted. */
    private static final int NOTHING = -2;

    private static final int LATEST = HOURS;

    /**
     * More than the number of any hour in which a reading is usable, to 2100. What {@link BaseLoad}
     * counts times this is less than 2^32.
     */
    private static final int MOST_LATEST = 1_200_000;

    private static final long LOWER = 0xFFFF_FFFFL;

    private Energies() {}

    /** Forgets all. */
    static void clear(long[] rows, int at) {
        Arrays.fill(rows, at, at + NUMBERS, 0);
    }

    /** Adds an hour that is over, which is later than those before. */
    static void add(long[] rows, int at, Hour.Over over) {
        int number = number(over);
        int latest = latest(rows, at);
        for (int hour = Math.max(latest + 1, number - HOURS + 1); hour < number; hour++) {
            set(rows, at, hour % HOURS, NOT_WHOLE);
        }
        boolean isKept = over.isWhole() && over.energy() <= Integer.MAX_VALUE;
        int unknown = over.energy() <= 0 ? NOTHING : NOT_WHOLE;
        set(rows, at, number % HOURS, isKept ? (int) over.energy() : unknown);
        setLatest(rows, at, based(rows, at), number);
    }

    /** In how many of so many hours, up to the latest, nothing was counted. */
    static int zeros(long[] rows, int at, int hours) {
        int latest = latest(rows, at);
        int zeros = 0;
        for (int ago = 0; ago < hours; ago++) {
            zeros += isZero(rows, at, latest - ago) ? 1 : 0;
        }
        return zeros;
    }

    /** In how many hours running, up to the latest, nothing was counted. */
    static int zerosRunning(long[] rows, int at) {
        int latest = latest(rows, at);
        int zeros = 0;
        while (zeros < HOURS && isZero(rows, at, latest - zeros)) {
            zeros++;
        }
        return zeros;
    }

    /** How long there has been a base load: as {@link BaseLoad} counts it. */
    static int based(long[] rows, int at) {
        return Integer.divideUnsigned(get(rows, at, LATEST), MOST_LATEST);
    }

    static void setBased(long[] rows, int at, int based) {
        setLatest(rows, at, based, latest(rows, at));
    }

    /** The hours up to the latest, four bytes each, the lowest first. */
    static byte[] bytes(long[] rows, int at) {
        int latest = latest(rows, at);
        ByteBuffer bytes =
                ByteBuffer.allocate(HOURS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int hour = latest - HOURS + 1; hour <= latest; hour++) {
            int energy = get(rows, at, Math.floorMod(hour, HOURS));
            bytes.putInt(energy == NOTHING ? NOT_WHOLE : energy);
        }
        return bytes.array();
    }

    private static boolean isZero(long[] rows, int at, int hour) {
        int energy = get(rows, at, Math.floorMod(hour, HOURS));
        return energy == 0 || energy == NOTHING;
    }

    private static int latest(long[] rows, int at) {
        return Integer.remainderUnsigned(get(rows, at, LATEST), MOST_LATEST);
    }

    private static void setLatest(long[] rows, int at, int based, int latest) {
        set(rows, at, LATEST, based * MOST_LATEST + latest);
    }

    private static int number(Hour.Over over) {
        return (int) (over.endMs() / Hour.LENGTH_MS);
    }

    private static int get(long[] rows, int at, int place) {
        return (int) (rows[at + place / 2] >> (Integer.SIZE * (place % 2)));
    }

    private static void set(long[] rows, int at, int place, int value) {
        int shift = Integer.SIZE * (place % 2);
        int number = at + place / 2;
        rows[number] = (rows[number] & ~(LOWER << shift)) | ((value & LOWER) << shift);
    }
}
