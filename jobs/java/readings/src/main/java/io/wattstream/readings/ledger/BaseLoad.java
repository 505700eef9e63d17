package io.wattstream.readings.ledger;

/**
 * For how long a home has had a base load, and then for how long it has had none: contracts/
 * facts.py.
 *
 * <p>One count says both, since a home whose base load is 0 is looked at only if it never was
 * before: so many hours with one, up to {@link #USED_HOURS}, and above that hours without.
 */
final class BaseLoad {
    /** A home without a base load for the first time in so many hours that were said, 56 days. */
    private static final int USED_HOURS = 1_344;

    /** For so many hours that were said it is looked at, 30 days. */
    private static final int IDLE_HOURS = 720;

    /** The base load is 0 if nothing was counted in so many of the last hours. */
    private static final int ZERO_HOURS = 3;

    private static final int OF_HOURS = 24;

    private BaseLoad() {}

    /**
     * Counts an hour that has been added to the energies of a meter.
     *
     * @return for how many hours there has been no base load where there was one before; 0 in the
     *     first with one; or none
     */
    static long count(long[] rows, int at, long none) {
        int before = Energies.based(rows, at);
        boolean isZero = Energies.zeros(rows, at, OF_HOURS) >= ZERO_HOURS;
        int after = isZero ? without(before) : with(before);
        Energies.setBased(rows, at, after);
        if (after > USED_HOURS) {
            return (long) after - USED_HOURS;
        }
        return before > USED_HOURS && !isZero ? 0 : none;
    }

    private static int without(int before) {
        boolean isLookedAt = before >= USED_HOURS && before < USED_HOURS + IDLE_HOURS;
        return isLookedAt ? before + 1 : 0;
    }

    private static int with(int before) {
        return before > USED_HOURS ? 1 : Math.min(before + 1, USED_HOURS);
    }
}
