package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Words;

import javax.annotation.Nullable;

/**
 * What a meter counts in the hour of its latest reading, by its register and by its demands, and
 * for how long nothing has been odd about that.
 *
 * <p>An hour has the readings after its beginning, up to its end, and the steps between readings
 * that end with one of them. It is over with the first slice in which a reading of its end is
 * heard, or of later: by what the meter says, so that readings which are always late are as good as
 * others.
 */
final class Hour {
    static final long LENGTH_MS = 3_600_000;

    /** How many numbers of a row they are. */
    static final int NUMBERS = 5;

    /** What is odd: contracts/facts.py. Energy is thousandths. */
    private static final int WELL_READ_PERCENT = 90;

    private static final long JUDGED_ENERGY = 200_000;
    private static final int COUNTED_PERCENT = 80;
    private static final long USED_ENERGY = 50_000;

    /** For how many hours it is remembered that a register lagged, or counted while off. */
    private static final int ODD_HOURS = 7;

    /** And that it fell. */
    private static final int FALL_HOURS = 31;

    /** A demand holds for the step before it, but for no longer than so many cadences. */
    private static final int HELD_CADENCES = 2;

    /**
     * The register is read at an instant if two readings around it are no further apart: contracts/
     * hours.py.
     */
    private static final long READ_WITHIN_MS = 300_000;

    private static final int COUNT_BITS = 24;
    private static final long MOST = (1 << COUNT_BITS) - 1;
    private static final int ODD_BITS = 3;
    private static final int FALL_BITS = 5;

    /**
     * An hour that is over. Energy and register are thousandths, times epoch milliseconds.
     *
     * @param geohash of the latest reading
     * @param energy that counts, of register or intervals
     * @param byDemand or {@link Words#NONE}
     * @param register at the latest reading
     * @param fellMs when the register was lower than before, last; or {@link Words#NONE}
     * @param offMs since when the premises are not connected, if that was so before the first step
     *     of the hour began, and is; or {@link Words#NONE}
     * @param installedMs of the device, or {@link Words#NONE}
     * @param lagAgo in how many hours before that could be judged the register lagged last, 0 in
     *     this one; none if it cannot be judged itself, or if that is not remembered
     * @param usedAgo how many hours before it counted while off
     * @param fellAgo how many hours before it fell
     * @param isWhole whether all that was used in it was measured, and nothing else: contracts/
     *     hours.py
     */
    record Over(
            long endMs,
            long geohash,
            long energy,
            long byDemand,
            long readings,
            long expected,
            long register,
            long fellMs,
            long offMs,
            long installedMs,
            long lagAgo,
            long usedAgo,
            long fellAgo,
            boolean isWhole) {}

    /** The register's total when the hour began, or the sum of its intervals. */
    private long base;

    /** Demands times for how long each held, in thousandths times milliseconds. */
    private long demandTime;

    private boolean hasDemand;
    private long readings;
    private long expected;

    /** Whether what there was to say of the hour is said. */
    private boolean isOver;

    /** Whether the premises were not connected all along. */
    private boolean isOff;

    /** Whether the register was read when the hour began, and all since is measured. */
    private boolean isMeasured;

    /** For how many hours more it is remembered. */
    private int lagLeft;

    private int usedLeft;
    private int fellLeft;

    /** Since when the registry says that the premises are not connected, or 0. */
    private long offMs;

    private long installedMs;

    void load(long[] from, int at) {
        base = from[at];
        demandTime = from[at + 1];
        offMs = from[at + 2];
        installedMs = from[at + 3];
        long packed = from[at + 4];
        readings = packed & MOST;
        packed >>>= COUNT_BITS;
        expected = packed & MOST;
        packed >>>= COUNT_BITS;
        lagLeft = (int) packed & (1 << ODD_BITS) - 1;
        packed >>>= ODD_BITS;
        usedLeft = (int) packed & (1 << ODD_BITS) - 1;
        packed >>>= ODD_BITS;
        fellLeft = (int) packed & (1 << FALL_BITS) - 1;
        packed >>>= FALL_BITS;
        hasDemand = (packed & 1) != 0;
        isOver = (packed & 2) != 0;
        isOff = (packed & 4) != 0;
        isMeasured = (packed & 8) != 0;
    }

    void store(long[] to, int at) {
        to[at] = base;
        to[at + 1] = demandTime;
        to[at + 2] = offMs;
        to[at + 3] = installedMs;
        long packed =
                (hasDemand ? 1 : 0) | (isOver ? 2 : 0) | (isOff ? 4 : 0) | (isMeasured ? 8 : 0);
        packed = packed << FALL_BITS | fellLeft;
        packed = packed << ODD_BITS | usedLeft;
        packed = packed << ODD_BITS | lagLeft;
        packed = packed << COUNT_BITS | expected;
        to[at + 4] = packed << COUNT_BITS | readings;
    }

    /** When the hour begins that a reading of that time is in. */
    static long startMs(long tsMs) {
        return tsMs - 1 - Math.floorMod(tsMs - 1, LENGTH_MS);
    }

    static boolean isSame(long tsMs, long otherMs) {
        return tsMs == otherMs || startMs(tsMs) == startMs(otherMs);
    }

    /**
     * Hears what the registry says.
     *
     * @param isOffNow whether the premises are not connected
     * @param endMs of the slice in which it does
     */
    void announce(boolean isOffNow, long deviceMs, long endMs) {
        if (!isOffNow) {
            offMs = 0;
            isOff = false;
        } else if (offMs == 0) {
            offMs = endMs;
        }
        installedMs = deviceMs;
    }

    /**
     * Whether what was used from a reading to the next one is known well enough to tell what was
     * used before and after any instant between them.
     *
     * @param numbers by which the sequence number grew
     */
    static boolean isShort(long stepMs, long numbers) {
        return stepMs <= READ_WITHIN_MS || (numbers == 1 && stepMs <= LENGTH_MS);
    }

    /** Counts energy anew, as another word tells what the first reading of all was. */
    void rebase(long newBase) {
        base = newBase;
    }

    /** Counts energy anew, as something else counts from now on. */
    void countOtherwise(long newBase) {
        base = newBase;
        isMeasured = false;
    }

    /**
     * Hears what the register was at a reading of the hour that is not its latest: no less than
     * when it began, and no more than at that.
     *
     * @param latest what it is at the latest reading
     * @param total what it gained in all, up to that
     */
    void readBefore(long register, long latest, long total) {
        // While the hour is measured, what was gained since it began is the difference to then.
        if (register < latest - (total - base) || register > latest) {
            isMeasured = false;
        }
    }

    /** The register fell, or is said to be less than before: what it counted is not known. */
    void fall() {
        isMeasured = false;
    }

    /**
     * Begins an hour.
     *
     * @param newBase the register's total, or 0 of intervals
     * @param beforeMs time of the latest reading before it
     * @param isRead whether the register was read when it began
     */
    void begin(long newBase, long beforeMs, boolean isRead) {
        base = newBase;
        isMeasured = isRead;
        demandTime = 0;
        hasDemand = false;
        readings = 0;
        expected = 0;
        isOver = false;
        isOff = offMs > 0 && offMs <= beforeMs;
    }

    /** Goes on by so many sequence numbers. */
    void step(long numbers) {
        expected = Math.min(expected + Math.min(numbers, MOST), MOST);
    }

    void count() {
        readings = Math.min(readings + 1, MOST);
    }

    /** Adds what an interval says. */
    void addInterval(long energy) {
        base += energy;
    }

    /** Adds a demand, which holds for the step that ends with it. */
    void draw(long demand, long stepMs, long cadenceMs) {
        hasDemand = true;
        // No more than two hours of the largest demand, which a number holds.
        demandTime += demand * Math.min(Math.min(stepMs, HELD_CADENCES * cadenceMs), LENGTH_MS);
    }

    /**
     * Ends the hour of the meter's latest reading, and says what it was; null if that is said.
     *
     * @param isRead whether the register was read when it ended
     */
    @Nullable
    Over end(MeterState meter, boolean isRead) {
        if (isOver) {
            return null;
        }
        isOver = true;
        long startMs = startMs(meter.lastMs);
        boolean hasRegister = !meter.isInterval();
        long energy = hasRegister ? meter.energyTotal() - base : base;
        long byDemand = hasRegister && hasDemand ? demandTime / LENGTH_MS : Words.NONE;
        boolean isJudged =
                byDemand >= JUDGED_ENERGY && 100 * readings >= WELL_READ_PERCENT * expected;
        if (isJudged) {
            boolean lags = 100 * energy < COUNTED_PERCENT * byDemand;
            lagLeft = lags ? ODD_HOURS : Math.max(0, lagLeft - 1);
        }
        boolean isUsed = isOff && energy > USED_ENERGY;
        usedLeft = isUsed ? ODD_HOURS : Math.max(0, usedLeft - 1);
        // A sum of intervals is of all that there are.
        boolean isWhole =
                isMeasured && isRead && energy >= 0 && (hasRegister || readings == expected);
        boolean hasFallen = hasRegister && meter.resets > 0;
        boolean fell = hasFallen && startMs(meter.resetMs) == startMs;
        fellLeft = fell ? FALL_HOURS : Math.max(0, fellLeft - 1);
        return new Over(
                startMs + LENGTH_MS,
                meter.geohash,
                energy,
                byDemand,
                readings,
                expected,
                meter.register,
                hasFallen ? meter.resetMs : Words.NONE,
                isOff ? offMs : Words.NONE,
                installedMs > 0 ? installedMs : Words.NONE,
                isJudged ? ago(lagLeft, ODD_HOURS) : Words.NONE,
                ago(usedLeft, ODD_HOURS),
                ago(fellLeft, FALL_HOURS),
                isWhole);
    }

    private static long ago(int left, int most) {
        return left == 0 ? Words.NONE : most - left;
    }
}
