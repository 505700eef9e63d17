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

    /** How many numbers of a row they are: with the number of the latest hour, 0 without one. */
    static final int NUMBERS = (HOURS + 1) / 2;

    /** Of an hour that is not whole, or is not known. */
    static final int NOT_WHOLE = -1;

    private static final int LATEST = HOURS;
    private static final long LOWER = 0xFFFF_FFFFL;

    private Energies() {}

    /** Forgets all. */
    static void clear(long[] rows, int at) {
        Arrays.fill(rows, at, at + NUMBERS, 0);
    }

    /** Adds an hour that is over, which is later than those before. */
    static void add(long[] rows, int at, Hour.Over over) {
        int number = number(over);
        int latest = get(rows, at, LATEST);
        for (int hour = Math.max(latest + 1, number - HOURS + 1); hour < number; hour++) {
            set(rows, at, hour % HOURS, NOT_WHOLE);
        }
        boolean isKept = over.isWhole() && over.energy() <= Integer.MAX_VALUE;
        set(rows, at, number % HOURS, isKept ? (int) over.energy() : NOT_WHOLE);
        set(rows, at, LATEST, number);
    }

    /** The hours up to the latest, four bytes each, the lowest first. */
    static byte[] bytes(long[] rows, int at) {
        int latest = get(rows, at, LATEST);
        ByteBuffer bytes =
                ByteBuffer.allocate(HOURS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int hour = latest - HOURS + 1; hour <= latest; hour++) {
            bytes.putInt(get(rows, at, Math.floorMod(hour, HOURS)));
        }
        return bytes.array();
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
