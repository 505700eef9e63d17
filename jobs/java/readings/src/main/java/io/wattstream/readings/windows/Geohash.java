package io.wattstream.readings.windows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Geohashes of up to twelve characters as numbers, in the order of the texts. */
public final class Geohash {
    private static final byte[] ALPHABET =
            "0123456789bcdefghjkmnpqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NUMBERS = new byte[128];
    private static final int LONGEST = 12;
    private static final int BITS = 5;

    /** Characters of an area. */
    private static final int AREA = 5;

    /** Bits below the characters, for their count. */
    private static final int COUNT_BITS = 4;

    static {
        Arrays.fill(NUMBERS, (byte) -1);
        for (byte i = 0; i < ALPHABET.length; i++) {
            NUMBERS[ALPHABET[i]] = i;
        }
    }

    private Geohash() {}

    /**
     * Five bits for each character from the highest down, and below them how many there are. The
     * sign bit is turned, so that signed numbers have the order of the texts.
     *
     * @throws IllegalArgumentException if the text is too long, or has another character
     */
    public static long pack(byte[] geohash) {
        if (geohash.length > LONGEST) {
            throw none(geohash);
        }
        long packed = 0;
        for (byte character : geohash) {
            int number = character < 0 ? -1 : NUMBERS[character];
            if (number < 0) {
                throw none(geohash);
            }
            packed = (packed << BITS) | number;
        }
        packed <<= BITS * (LONGEST - geohash.length);
        return ((packed << COUNT_BITS) | geohash.length) ^ Long.MIN_VALUE;
    }

    /** The text that was packed. */
    public static byte[] unpack(long packed) {
        long characters = (packed ^ Long.MIN_VALUE) >>> COUNT_BITS;
        byte[] geohash = new byte[(int) (packed & ((1 << COUNT_BITS) - 1))];
        for (int i = 0; i < geohash.length; i++) {
            geohash[i] = ALPHABET[(int) (characters >>> (BITS * (LONGEST - 1 - i))) & 31];
        }
        return geohash;
    }

    /** The area of a packed geohash, its first characters, as a number. */
    public static int area(long packed) {
        return (int) ((packed ^ Long.MIN_VALUE) >>> (COUNT_BITS + BITS * (LONGEST - AREA)));
    }

    /** The text of an area. */
    public static byte[] areaName(int area) {
        byte[] name = new byte[AREA];
        for (int i = 0; i < AREA; i++) {
            name[i] = ALPHABET[area >> (BITS * (AREA - 1 - i)) & 31];
        }
        return name;
    }

    private static IllegalArgumentException none(byte[] geohash) {
        return new IllegalArgumentException(
                "'%s' is no geohash of up to %d characters"
                        .formatted(new String(geohash, StandardCharsets.UTF_8), LONGEST));
    }
}
