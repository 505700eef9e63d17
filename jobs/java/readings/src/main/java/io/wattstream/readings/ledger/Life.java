package io.wattstream.readings.ledger;

/**
 * Signs of life of a meter: when it was heard last, on the platform's clock whatever its own says,
 * and how it counts behind its feeder.
 *
 * <p>A sign of life is every usable reading, on time or late, and one that is rejected for nothing
 * but a clock that is ahead. The clock of usable readings is put right by its {@code lag}, the
 * least that one was on its way, by the meter's clock; it may grow by a thousandth of the time, as
 * clocks drift. So a reading that was long on its way, or comes again, is no later sign of life
 * than the meter gave.
 *
 * <p>A clock that is too far ahead may be so by years, for one reading, and the lag knows nothing
 * of it. Its readings count when they come, but for those that are no later than the latest: as
 * many cadences earlier as their numbers are smaller. Such a one was overtaken or comes again,
 * perhaps so late that it is usable, and says nothing.
 */
final class Life {
    /** Where a meter stands by how long nothing was heard of it: it does not live any more, ... */
    static final int GONE = 0;

    /** ... it is in time, ... */
    static final int IN_TIME = 1;

    /** ... missed a reading, ... */
    static final int MISSED = 2;

    /** ... two, ... */
    static final int MISSED_TWICE = 3;

    /** ... is silent, ... */
    static final int SILENT = 4;

    /** ... or is for so long that its feeder would have turned out to be dark. */
    static final int SILENT_LONG = 5;

    /** What it takes: contracts/facts.py. */
    private static final long MISSED_AFTER_MS = 1_000;

    private static final int MISSED_AFTER_PERCENT = 20;

    private static final int SILENT_CADENCES = 3;
    private static final long SHORTEST_SILENCE_MS = 30_000;
    private static final long SHORTEST_WAIT_MS = 5_000;
    private static final long WAIT_MORE_MS = 5_000;
    private static final int ALIVE_SILENCES = 10;
    private static final long SHORTEST_LIFE_MS = 3_600_000;

    /** How many numbers of a row they are; the first three are what a scan of all meters reads. */
    static final int NUMBERS = 8;

    /** Last sign of life, 0 if there was none. */
    static final int AT = 0;

    /** Partition and cadence. */
    static final int PACE = 1;

    /** As what the meter has been counted: feeder, area, level. */
    static final int COUNTED = 2;

    /** Less {@link #NO_LAG}: a row that is empty has none. */
    private static final int LAG = 3;

    private static final int MEAN = 4;
    private static final int AHEAD_AT = 5;
    private static final int AHEAD_SEQ = 6;
    private static final int LOST_POWER = 7;

    private static final int PARTITION_SHIFT = 48;
    private static final long CADENCE_MASK = (1L << PARTITION_SHIFT) - 1;

    private static final int LEVEL_BITS = 3;
    private static final int LEVEL_MASK = (1 << LEVEL_BITS) - 1;
    private static final long HEARD = 1 << LEVEL_BITS;
    private static final long EXPORTS = HEARD << 1;
    private static final long HAS_MEAN = EXPORTS << 1;
    private static final int AREA_SHIFT = LEVEL_BITS + 3;
    private static final int AREA_BITS = 25;
    private static final long AHEAD = 1L << (AREA_SHIFT + AREA_BITS);

    /** Slices with a demand that the mean is of, about. */
    private static final int MEAN_OF = 12;

    private static final long MICROS = 1_000;

    /** How far a clock may be ahead for its readings to wait until that time has come. */
    private static final long LONGEST_LEAD_MS = 10_000;

    /** Lag of a clock by which nothing has been read: beyond all others. */
    private static final long NO_LAG = 1L << 60;

    long lifeMs;
    int partition;

    /** As what it has been counted: behind which feeder, a number of {@link Names}, or 0; ... */
    int feeder;

    /** ... whether it had been heard, and in which area that was; ... */
    boolean isPlaced;

    int area;

    /** ... and where it stood. */
    int level;

    /** Whether it ever drew less than nothing: its register does not count all that it takes. */
    boolean exports;

    boolean hasMean;

    /** Exponential mean of what the meter drew in the slices in which that was told. */
    long mean;

    /** In thousandths of a millisecond, so that it may grow slowly. */
    private long lagMicros = NO_LAG;

    /** Whether the last sign of life is one of a clock that is too far ahead. */
    private boolean isAhead;

    /** Time and sequence number of the latest reading that was too far ahead, 0 without. */
    private long aheadMs;

    private long aheadSeq;

    /**
     * When the meter lost power, as it said last; before the last sign of life it means nothing.
     */
    private long lostPowerMs;

    /** In the slice: the largest time of a reading, and the least that one was on its way. */
    private long largestMs;

    private long leastLagMs;

    void load(long[] from, int at) {
        lifeMs = from[at + AT];
        partition = partition(from[at + PACE]);
        long counted = from[at + COUNTED];
        feeder = feeder(counted);
        isPlaced = (counted & HEARD) != 0;
        area = (int) (counted >>> AREA_SHIFT) & (1 << AREA_BITS) - 1;
        level = level(counted);
        exports = (counted & EXPORTS) != 0;
        hasMean = (counted & HAS_MEAN) != 0;
        isAhead = (counted & AHEAD) != 0;
        lagMicros = from[at + LAG] + NO_LAG;
        mean = from[at + MEAN];
        aheadMs = from[at + AHEAD_AT];
        aheadSeq = from[at + AHEAD_SEQ];
        lostPowerMs = from[at + LOST_POWER];
    }

    void store(long[] to, int at, long cadenceMs) {
        to[at + AT] = lifeMs;
        to[at + PACE] = (long) partition << PARTITION_SHIFT | cadenceMs;
        to[at + COUNTED] =
                (long) feeder << Integer.SIZE
                        | (isAhead ? AHEAD : 0)
                        | (long) area << AREA_SHIFT
                        | (hasMean ? HAS_MEAN : 0)
                        | (exports ? EXPORTS : 0)
                        | (isPlaced ? HEARD : 0)
                        | level;
        to[at + LAG] = lagMicros - NO_LAG;
        to[at + MEAN] = mean;
        to[at + AHEAD_AT] = aheadMs;
        to[at + AHEAD_SEQ] = aheadSeq;
        to[at + LOST_POWER] = lostPowerMs;
    }

    static int partition(long pace) {
        return (int) (pace >>> PARTITION_SHIFT);
    }

    static long cadenceMs(long pace) {
        return pace & CADENCE_MASK;
    }

    static int feeder(long counted) {
        return (int) (counted >> Integer.SIZE);
    }

    static int level(long counted) {
        return (int) counted & LEVEL_MASK;
    }

    static long withLevel(long counted, int level) {
        return (counted & ~LEVEL_MASK) | level;
    }

    /**
     * How far a clock is ahead at least; what it says is heard only when that time has come. What
     * is too far ahead to be usable is heard when it comes.
     */
    static long leadMs(long[] from, int at) {
        return leadMs(from[at + LAG] + NO_LAG, (from[at + COUNTED] & AHEAD) != 0);
    }

    private static long leadMs(long lagMicros, boolean isAhead) {
        return isAhead ? LONGEST_LEAD_MS : Math.max(0, -Math.floorDiv(lagMicros, MICROS));
    }

    /**
     * Where a meter stands of which nothing was heard for so long, and that said last that it lost
     * power: one that did before its next reading would be missed is missed at once.
     *
     * @param lostPowerMs since its last sign of life, or 0
     * @param cadenceMs 0 if it is not known: then nothing can be missed
     */
    static int levelOf(long ageMs, long lifeMs, long lostPowerMs, long cadenceMs) {
        int level = levelOf(ageMs, cadenceMs);
        boolean isLost =
                lostPowerMs != 0
                        && cadenceMs != 0
                        && lostPowerMs - lifeMs <= limitMs(IN_TIME, cadenceMs);
        return level == IN_TIME && isLost ? MISSED : level;
    }

    /** When a meter said that it lost power since its last sign of life, 0 if it did not. */
    static long lostPowerMs(long[] from, int at) {
        return from[at + LOST_POWER] >= from[at + AT] ? from[at + LOST_POWER] : 0;
    }

    long lostPowerMs() {
        return lostPowerMs >= lifeMs ? lostPowerMs : 0;
    }

    long leadMs() {
        return leadMs(lagMicros, isAhead);
    }

    /** Whether the last sign of life is one of a clock that is too far ahead. */
    boolean isAhead() {
        return isAhead;
    }

    /** Before the words of a slice. */
    void begin() {
        largestMs = Long.MIN_VALUE;
        leastLagMs = Long.MAX_VALUE;
    }

    /**
     * Hears that a usable reading of that time came so much later.
     *
     * @param cadenceMs of the meter at the end of the slice
     */
    void hear(long tsMs, long seq, long lagMs, long cadenceMs) {
        if (!isOvertaken(tsMs, seq, cadenceMs)) {
            largestMs = Math.max(largestMs, tsMs);
            leastLagMs = Math.min(leastLagMs, lagMs);
        }
    }

    /**
     * After the words of a slice.
     *
     * @param beforeMs time of the meter's latest reading before; the largest number without
     * @param isSetBack whether the meter's clock has been set back since
     * @param readFrom the partition that they were read from
     */
    void end(long beforeMs, boolean isSetBack, int readFrom) {
        partition = readFrom;
        if (largestMs == Long.MIN_VALUE) {
            return;
        }
        // A millisecond a second.
        long grownMicros = lagMicros + Math.max(0, largestMs - beforeMs);
        long leastMicros = MICROS * leastLagMs;
        lagMicros = isSetBack ? leastMicros : Math.min(grownMicros, leastMicros);
        if (platformMs(largestMs) >= lifeMs) {
            lifeMs = platformMs(largestMs);
            isAhead = false;
        }
    }

    /**
     * Hears, after the other words of a slice, a reading whose clock is too far ahead.
     *
     * @param readFrom the partition that it was read from
     * @return whether it is a sign of life
     */
    boolean hearAhead(long tsMs, long seq, long arrivalMs, long cadenceMs, int readFrom) {
        if (isOvertaken(tsMs, seq, cadenceMs)) {
            return false;
        }
        aheadMs = tsMs;
        aheadSeq = seq;
        partition = readFrom;
        if (arrivalMs > lifeMs) {
            lifeMs = arrivalMs;
            isAhead = true;
        }
        return true;
    }

    /**
     * Whether a reading is no later than the latest one that was too far ahead, and of its clock.
     */
    boolean isOvertaken(long tsMs, long seq, long cadenceMs) {
        long earlierMs = aheadMs - tsMs;
        if (earlierMs <= 0 || cadenceMs == 0) {
            return earlierMs == 0 && seq == aheadSeq;
        }
        return aheadSeq - seq == (earlierMs + cadenceMs / 2) / cadenceMs;
    }

    /**
     * Hears, after the words of a slice, that the meter lost power at a time of its clock.
     *
     * @return whether it is of the silence that the meter is in
     */
    boolean losePower(long tsMs) {
        long atMs = platformMs(tsMs);
        if (lifeMs == 0 || atMs < lifeMs) {
            return false;
        }
        lostPowerMs = atMs;
        return true;
    }

    /** A time of the meter's clock on the platform's. */
    long platformMs(long tsMs) {
        return lagMicros == NO_LAG ? tsMs : tsMs + Math.floorDiv(lagMicros, MICROS);
    }

    /** Adds what the meter drew in a slice to the mean. */
    void draw(long demand) {
        mean = hasMean ? mean + (demand - mean) / MEAN_OF : demand;
        hasMean = true;
    }

    private static int levelOf(long ageMs, long cadenceMs) {
        int level = IN_TIME;
        while (level != GONE && ageMs > limitMs(level, cadenceMs)) {
            level = next(level, cadenceMs);
        }
        return level;
    }

    private static int next(int level, long cadenceMs) {
        return level == SILENT_LONG || cadenceMs == 0 ? GONE : level + 1;
    }

    /** For how long nothing may be heard of a meter that stands there. */
    static long limitMs(int level, long cadenceMs) {
        long silenceMs = Math.max(SILENT_CADENCES * cadenceMs, SHORTEST_SILENCE_MS);
        if (level == SILENT_LONG || cadenceMs == 0) {
            return Math.max(ALIVE_SILENCES * silenceMs, SHORTEST_LIFE_MS);
        }
        return switch (level) {
            case IN_TIME ->
                    cadenceMs + Math.max(MISSED_AFTER_MS, cadenceMs * MISSED_AFTER_PERCENT / 100);
            case MISSED -> 2 * cadenceMs + MISSED_AFTER_MS;
            case MISSED_TWICE -> silenceMs;
            default -> silenceMs + Math.max(cadenceMs, SHORTEST_WAIT_MS) + WAIT_MORE_MS;
        };
    }
}
