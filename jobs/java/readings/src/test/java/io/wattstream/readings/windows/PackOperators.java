package io.wattstream.readings.windows;

/** Makes what packs, as tests want it. */
public final class PackOperators {
    private PackOperators() {}

    /**
     * One that sends on what it has when that is more.
     *
     * @param most readings that are held at most
     */
    public static PackOperator of(
            PackOperator.Columns columns, long sliceMs, long behindMs, int most) {
        return new PackOperator(columns, sliceMs, behindMs, most);
    }
}
