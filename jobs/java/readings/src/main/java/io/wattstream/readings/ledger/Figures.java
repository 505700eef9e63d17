package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Quality;
import io.wattstream.readings.windows.Words;

import java.util.Arrays;

/** The figures of a meter's readings in a part of a minute, and how two parts become one. */
@SuppressWarnings("EnumOrdinal") // The order of the columns is what the enum is for.
final class Figures {
    // Constants to the compiler, which the fields of an enum are not.
    private static final int READINGS = Figure.READINGS.ordinal();
    static final int EXPECTED = Figure.EXPECTED.ordinal();
    private static final int FIRST_SEQ = Figure.FIRST_SEQ.ordinal();
    private static final int LAST_SEQ = Figure.LAST_SEQ.ordinal();
    private static final int FIRST_AT = Figure.FIRST_AT.ordinal();
    static final int LAST_AT = Figure.LAST_AT.ordinal();
    private static final int FIRST_REGISTER = Figure.FIRST_REGISTER.ordinal();
    private static final int LAST_REGISTER = Figure.LAST_REGISTER.ordinal();
    private static final int LOW_REGISTER = Figure.LOW_REGISTER.ordinal();
    private static final int HIGH_REGISTER = Figure.HIGH_REGISTER.ordinal();
    private static final int DEMANDS = Figure.DEMANDS.ordinal();
    private static final int DEMAND_SUM = Figure.DEMAND_SUM.ordinal();
    private static final int DEMAND_MIN = Figure.DEMAND_MIN.ordinal();
    private static final int DEMAND_MAX = Figure.DEMAND_MAX.ordinal();
    private static final int ENERGY = Figure.ENERGY.ordinal();
    private static final int ESTIMATED = Figure.ESTIMATED.ordinal();

    /** Where the place of the last reading is, behind the figures. */
    static final int GEOHASH = Figure.COUNT;

    /** Numbers of a row. */
    static final int OWN = Figure.COUNT + 1;

    private static final int[] SUMS = {READINGS, DEMANDS, DEMAND_SUM, ESTIMATED};
    private static final int[] LASTS = {LAST_SEQ, LAST_AT, LAST_REGISTER, GEOHASH};

    final long[] values = new long[OWN];

    /** Whether there is anything but repeats. */
    boolean isAny;

    long readings() {
        return values[READINGS];
    }

    long demands() {
        return values[DEMANDS];
    }

    /** Whether the least demand is known, and below 0. */
    boolean isAnyNegative() {
        return values[DEMANDS] > 0 && values[DEMAND_MIN] < 0;
    }

    long demandSum() {
        return values[DEMAND_SUM];
    }

    /**
     * Takes on the figures of the words from one to before another, which are sorted, and of which
     * it is known what became of them; repeats count for nothing.
     */
    void of(Words words, int from, int to) {
        Arrays.fill(values, 0);
        values[DEMAND_MIN] = Words.NONE;
        values[DEMAND_MAX] = Words.NONE;
        values[ENERGY] = Words.NONE;
        boolean isFirst = true;
        for (int word = from; word < to; ) {
            int kept = -1;
            int unmarked = -1;
            boolean isCounted = false;
            int first = word;
            for (; word < to && words.isSameReading(word, first); word++) {
                int kind = words.kind(word);
                if (kind == Words.REPEAT) {
                    continue;
                }
                kept = word;
                if (kind == Words.MARKED) {
                    addEnergy(words.energy(word));
                } else {
                    unmarked = word;
                    isCounted |= kind == Words.NEW;
                }
            }
            if (kept >= 0) {
                add(words, kept, isFirst);
                isFirst = false;
                if (isCounted) {
                    count(words, unmarked);
                }
            }
        }
        isAny = !isFirst;
    }

    private void add(Words words, int word, boolean isFirst) {
        long register = words.register(word);
        long seq = words.seq(word);
        if (isFirst) {
            values[EXPECTED] = 1;
            values[FIRST_SEQ] = seq;
            values[FIRST_AT] = words.tsMs(word);
            values[FIRST_REGISTER] = register;
            values[LOW_REGISTER] = register;
            values[HIGH_REGISTER] = register;
        } else {
            values[EXPECTED] += Sequence.step(values[LAST_SEQ], seq);
            values[LOW_REGISTER] = Math.min(values[LOW_REGISTER], register);
            values[HIGH_REGISTER] = Math.max(values[HIGH_REGISTER], register);
        }
        values[LAST_SEQ] = seq;
        values[LAST_AT] = words.tsMs(word);
        values[LAST_REGISTER] = register;
        values[GEOHASH] = words.geohash(word);
    }

    private void count(Words words, int word) {
        values[READINGS]++;
        if (Quality.isEstimate(words.quality(word))) {
            values[ESTIMATED]++;
        }
        addEnergy(words.energy(word));
        long demand = words.demand(word);
        if (demand != Words.NONE) {
            values[DEMANDS]++;
            values[DEMAND_SUM] += demand;
            values[DEMAND_MIN] = least(values[DEMAND_MIN], demand);
            values[DEMAND_MAX] = Math.max(values[DEMAND_MAX], demand);
        }
    }

    private void addEnergy(long energy) {
        values[ENERGY] = sum(values[ENERGY], energy);
    }

    /** Adds figures to those of the part of the time before, each where they begin. */
    static void merge(long[] from, int more, long[] rows, int at) {
        rows[at + EXPECTED] +=
                from[more + EXPECTED]
                        + Sequence.step(rows[at + LAST_SEQ], from[more + FIRST_SEQ])
                        - 1;
        for (int sum : SUMS) {
            rows[at + sum] += from[more + sum];
        }
        for (int last : LASTS) {
            rows[at + last] = from[more + last];
        }
        rows[at + LOW_REGISTER] = Math.min(rows[at + LOW_REGISTER], from[more + LOW_REGISTER]);
        rows[at + HIGH_REGISTER] = Math.max(rows[at + HIGH_REGISTER], from[more + HIGH_REGISTER]);
        if (from[more + DEMANDS] > 0) {
            rows[at + DEMAND_MIN] = least(rows[at + DEMAND_MIN], from[more + DEMAND_MIN]);
            rows[at + DEMAND_MAX] = Math.max(rows[at + DEMAND_MAX], from[more + DEMAND_MAX]);
        }
        rows[at + ENERGY] = sum(rows[at + ENERGY], from[more + ENERGY]);
    }

    /** How many readings there should be of figures that begin there: none where none is new. */
    static long expected(long[] rows, int at) {
        return rows[at + READINGS] == 0 ? 0 : rows[at + EXPECTED];
    }

    private static long least(long one, long other) {
        return one == Words.NONE ? other : Math.min(one, other);
    }

    private static long sum(long one, long other) {
        if (other == Words.NONE) {
            return one;
        }
        return one == Words.NONE ? other : one + other;
    }
}
