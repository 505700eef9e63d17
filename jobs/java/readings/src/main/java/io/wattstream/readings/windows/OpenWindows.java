package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

import javax.annotation.Nullable;

/**
 * Windows of one length that are open, as {@code TUMBLE} has them; each has a table for every group
 * of meters, since state is handed on by group.
 */
final class OpenWindows {
    /** Emptied tables that are kept for the next windows: as many as are open as a rule. */
    private static final int SPARE = 4;

    private final Commodities commodities;
    private final long lengthMs;
    private final int groups;
    private final TreeMap<Long, MeterTable[]> open = new TreeMap<>();
    private final Deque<MeterTable[]> spare = new ArrayDeque<>();
    private MeterTable[] latest;
    private long latestStartMs;

    OpenWindows(Commodities commodities, long lengthMs, int groups) {
        this.commodities = commodities;
        this.lengthMs = lengthMs;
        this.groups = groups;
    }

    /** Table of a group in the window that holds a moment. */
    MeterTable table(long timeMs, int group) {
        long startMs = timeMs - Math.floorMod(timeMs, lengthMs);
        if (latest == null || startMs != latestStartMs) {
            latest = open.computeIfAbsent(startMs, start -> unused());
            latestStartMs = startMs;
        }
        return latest[group];
    }

    private MeterTable[] unused() {
        MeterTable[] tables = spare.poll();
        if (tables == null) {
            tables = new MeterTable[groups];
            Arrays.setAll(tables, group -> new MeterTable(commodities));
        }
        return tables;
    }

    /** Whether a watermark has closed the window that begins then. */
    boolean isClosed(long startMs, long watermarkMs) {
        return startMs + lengthMs - 1 <= watermarkMs;
    }

    /** The first window, taken out, if the watermark closes it; give its tables back. */
    @Nullable
    Map.Entry<Long, MeterTable[]> pollClosed(long watermarkMs) {
        if (open.isEmpty() || !isClosed(open.firstKey(), watermarkMs)) {
            return null;
        }
        latest = null;
        return open.pollFirstEntry();
    }

    /** Takes back the tables of a window that is done with. */
    void giveBack(MeterTable[] tables) {
        if (spare.size() < SPARE) {
            for (MeterTable table : tables) {
                table.clear();
            }
            spare.push(tables);
        }
    }

    /** Writes what all windows hold of a group. */
    void write(int group, DataOutputView out) throws IOException {
        out.writeInt(open.size());
        for (Map.Entry<Long, MeterTable[]> window : open.entrySet()) {
            out.writeLong(window.getKey());
            window.getValue()[group].write(out);
        }
    }

    /**
     * Adds what {@link #write} wrote.
     *
     * @param numbers of the commodities now, by those of when it was written
     */
    void read(int group, DataInputView in, int[] numbers) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            table(in.readLong(), group).read(in, numbers);
        }
    }
}
