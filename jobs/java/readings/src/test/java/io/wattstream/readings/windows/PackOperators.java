package io.wattstream.readings.windows;

import org.apache.flink.table.data.RowData;
import org.apache.flink.util.OutputTag;

/** Makes what packs, as tests want it. */
public final class PackOperators {
    private PackOperators() {}

    /**
     * One that sends on what it has when that is more.
     *
     * @param toAllTag where goes what everybody is told
     * @param most readings that are held at most
     */
    public static PackOperator of(
            PackOperator.Columns columns,
            long sliceMs,
            long behindMs,
            OutputTag<RowData> toAllTag,
            int most) {
        return new PackOperator(columns, sliceMs, behindMs, toAllTag, most);
    }

    /** Readings on time that it has counted as made after their partition was closed. */
    public static long onTimeWhileClosed(PackOperator operator) {
        return operator.whileClosed().getCount();
    }
}
