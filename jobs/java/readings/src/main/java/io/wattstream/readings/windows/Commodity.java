package io.wattstream.readings.windows;

import org.apache.flink.table.data.StringData;

/** What is metered, by number: contracts/reading.py, in its order. */
public final class Commodity {
    private static final StringData[] NAMES = {
        StringData.fromString("electricity"),
        StringData.fromString("gas"),
        StringData.fromString("water"),
        StringData.fromString("supply")
    };

    /** The number of electricity. */
    public static final int ELECTRICITY = 0;

    /** The number of what goes into a feeder. */
    public static final int SUPPLY = 3;

    /** How many there are; they are numbered from 0. */
    public static final int COUNT = NAMES.length;

    private Commodity() {}

    /** Number of a commodity. */
    static int number(StringData name) {
        for (int number = 0; number < NAMES.length; number++) {
            if (NAMES[number].equals(name)) {
                return number;
            }
        }
        throw new IllegalArgumentException("'%s' is no commodity".formatted(name));
    }

    /** The commodity of a number. */
    public static StringData name(int number) {
        return NAMES[number];
    }
}
