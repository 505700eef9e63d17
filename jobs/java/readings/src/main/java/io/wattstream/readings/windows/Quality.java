package io.wattstream.readings.windows;

import org.apache.flink.table.data.StringData;

import javax.annotation.Nullable;

/** How good a reading is, by number: contracts/reading.py, in its order. */
public final class Quality {
    private static final StringData[] NAMES = {
        StringData.fromString("measured"),
        StringData.fromString("estimated"),
        StringData.fromString("substituted"),
        StringData.fromString("final"),
        StringData.fromString("edited"),
        StringData.fromString("questionable"),
        StringData.fromString("derived")
    };

    public static final int MEASURED = 0;
    private static final int FINAL = 3;

    private Quality() {}

    /** Number of a quality; measured if the reading says none. */
    static int number(@Nullable StringData name) {
        if (name == null) {
            return MEASURED;
        }
        for (int number = 0; number < NAMES.length; number++) {
            if (NAMES[number].equals(name)) {
                return number;
            }
        }
        throw new IllegalArgumentException("'%s' is no quality".formatted(name));
    }

    /** The quality of a number. */
    public static StringData name(int number) {
        return NAMES[number];
    }

    /** Whether such a reading counts as an estimate. */
    public static boolean isEstimate(int number) {
        return number != MEASURED && number != FINAL;
    }
}
