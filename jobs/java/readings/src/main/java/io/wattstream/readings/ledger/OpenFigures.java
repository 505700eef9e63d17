package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** Minutes or periods that are open: figures of the readings on time of each meter. */
final class OpenFigures {
    /** A note behind the figures. */
    static final int NOTE = Figures.OWN;

    private static final int OWN = NOTE + 1;

    /** Emptied ones that are kept for the next: each may be as large as the fleet. */
    private static final int SPARE = 1;

    private final long lengthMs;
    private final int groups;
    private final TreeMap<Long, RowTable[]> open = new TreeMap<>();
    private final Deque<RowTable[]> spare = new ArrayDeque<>();

    OpenFigures(long lengthMs, int groups) {
        this.lengthMs = lengthMs;
        this.groups = groups;
    }

    /** When the window begins that holds a moment. */
    long startMs(long timeMs) {
        return timeMs - Math.floorMod(timeMs, lengthMs);
    }

    /** What is open of a group in the window that holds a moment. */
    RowTable tableOf(long timeMs, int group) {
        return table(startMs(timeMs), group);
    }

    /**
     * Adds figures of a part of the window, which begin there; parts come in their order.
     *
     * @return number of the meter's row; it is the last one if the meter is new
     */
    static int add(RowTable table, RowKey meter, long[] figures, int from) {
        int before = table.size();
        int row = table.findOrAdd(meter);
        int at = table.at(row) + RowTable.OWN;
        if (row == before) {
            System.arraycopy(figures, from, table.rows, at, Figures.OWN);
        } else {
            Figures.merge(figures, from, table.rows, at);
        }
        return row;
    }

    private RowTable table(long startMs, int group) {
        return open.computeIfAbsent(startMs, start -> unused())[group];
    }

    private RowTable[] unused() {
        RowTable[] tables = spare.poll();
        if (tables == null) {
            tables = new RowTable[groups];
            Arrays.setAll(tables, group -> new RowTable(OWN));
        }
        return tables;
    }

    /** End of the first window that is open; the largest number if none is. */
    long firstEndMs() {
        return open.isEmpty() ? Long.MAX_VALUE : open.firstKey() + lengthMs;
    }

    /** The first window, taken out; give its tables back. */
    Map.Entry<Long, RowTable[]> pollFirst() {
        return open.pollFirstEntry();
    }

    void giveBack(RowTable[] tables) {
        if (spare.size() < SPARE) {
            for (RowTable table : tables) {
                table.clear();
            }
            spare.push(tables);
        }
    }

    void write(int group, DataOutputView out) throws IOException {
        out.writeInt(open.size());
        for (Map.Entry<Long, RowTable[]> minute : open.entrySet()) {
            out.writeLong(minute.getKey());
            minute.getValue()[group].write(out);
        }
    }

    void read(int group, DataInputView in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            table(in.readLong(), group).read(in);
        }
    }
}
