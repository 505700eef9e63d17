package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.core.memory.DataOutputSerializer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the meters of a table that draw the most, and that took the most today, by commodity: the
 * largest first, then by id. It reads of a row two lines of a processor's cache, no more.
 */
final class LargestScan {
    /** How many they are: contracts/live.py. */
    static final int MOST = 10;

    private static final int FIRST_BYTES = 512;

    private final long[][] values = new long[LargestRow.NUMBERS][MOST];
    private final int[][] rows = new int[LargestRow.NUMBERS][MOST];
    private final int[] sizes = new int[LargestRow.NUMBERS];

    /** What a value must be to be among them, or to be asked for its meter's id. */
    private final long[] least = new long[LargestRow.NUMBERS];

    private final RowKey key = new RowKey();
    private final DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
    private RowTable table;

    /** Finds those of a table with rows of {@link MeterState}. */
    LargestScan of(RowTable meters) {
        table = meters;
        Arrays.fill(sizes, 0);
        Arrays.fill(least, 1);
        for (int row = 0; row < meters.size(); row++) {
            int at = meters.at(row) + RowTable.OWN;
            long power = meters.rows[at + MeterState.SHARE_DEMAND];
            long energy = meters.rows[at + MeterState.SHARE_ENERGY];
            int number = LargestRow.number(meters.number(row), LargestRow.POWER);
            if (power >= least[number]) {
                add(number, row, power);
            }
            number += LargestRow.ENERGY - LargestRow.POWER;
            if (energy >= least[number]) {
                add(number, row, energy);
            }
        }
        return this;
    }

    private void add(int number, int row, long value) {
        int size = sizes[number];
        if (size == MOST && !isBefore(value, row, number, MOST - 1)) {
            return;
        }
        int to = size == MOST ? MOST - 1 : size;
        for (; to > 0 && isBefore(value, row, number, to - 1); to--) {
            values[number][to] = values[number][to - 1];
            rows[number][to] = rows[number][to - 1];
        }
        values[number][to] = value;
        rows[number][to] = row;
        if (size < MOST) {
            sizes[number] = size + 1;
        }
        if (sizes[number] == MOST) {
            least[number] = values[number][MOST - 1];
        }
    }

    private boolean isBefore(long value, int row, int number, int place) {
        long other = values[number][place];
        return value > other || (value == other && table.compareIds(row, rows[number][place]) < 0);
    }

    /** Those of a number of {@link LargestRow}, as {@link Large#write} writes them. */
    byte[] bytes(int number) throws IOException {
        List<Large> meters = new ArrayList<>();
        for (int place = 0; place < sizes[number]; place++) {
            int row = rows[number][place];
            long area = table.rows[table.at(row) + RowTable.OWN + MeterState.SHARE_AREA];
            String meterId = key.set(table, row).id().toString();
            meters.add(new Large(values[number][place], meterId, (int) (area >> Share.AREA_SHIFT)));
        }
        out.clear();
        Large.write(meters, out);
        return out.getCopyOfBuffer();
    }
}
