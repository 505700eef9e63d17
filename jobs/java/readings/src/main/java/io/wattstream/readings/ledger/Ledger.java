package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

import javax.annotation.Nullable;

/** What is known of every meter of a group of keys: a row of numbers each, for ever. */
final class Ledger {
    private final RowTable rows = new RowTable(MeterState.OWN);

    /** What few meters need besides, by the numbers of their rows. */
    private Odd[] odd = {};

    /** How many meters there are; they are numbered from 0. */
    int size() {
        return rows.size();
    }

    /** Number of a meter, or -1. */
    int find(RowKey meter) {
        return rows.find(meter);
    }

    int findOrAdd(RowKey meter) {
        return rows.findOrAdd(meter);
    }

    /** A meter by its number. */
    RowKey meter(int row, RowKey into) {
        return into.set(rows, row);
    }

    /** Reads what is known of a meter. */
    void load(int row, MeterState into) {
        into.load(rows, row, odd(row));
    }

    /** As {@link #load}, of a meter of which what changes will not be stored. */
    void loadCopy(int row, MeterState into) {
        Odd known = odd(row);
        into.load(rows, row, known == null ? null : known.copy());
    }

    /** The rows themselves, for whoever scans all of them. */
    RowTable rows() {
        return rows;
    }

    /** Where the {@link Energies} of a meter are in its row. */
    int energiesAt(int row) {
        return rows.at(row) + RowTable.OWN + MeterState.ENERGIES;
    }

    /** Finds the largest meters. */
    LargestScan scan(LargestScan into) {
        return into.of(rows);
    }

    void store(int row, MeterState from) {
        from.store(rows, row);
        if (from.seen.odd != null) {
            if (row >= odd.length) {
                odd = Arrays.copyOf(odd, Math.max(2 * odd.length, row + 1));
            }
            odd[row] = from.seen.odd;
        }
    }

    @Nullable
    private Odd odd(int row) {
        return row < odd.length ? odd[row] : null;
    }

    /** Forgets what is known of a meter. */
    void clear(int row) {
        if (row < odd.length) {
            odd[row] = null;
        }
        new MeterState().store(rows, row);
        Energies.clear(rows.rows, energiesAt(row));
    }

    void write(DataOutputView out, Names names) throws IOException {
        MeterState state = new MeterState();
        BitSet named = new BitSet();
        for (int row = 0; row < rows.size(); row++) {
            load(row, state);
            named.set(state.feeder);
            named.set(state.region);
            named.set(state.life.feeder);
        }
        out.writeInt(named.cardinality());
        for (int number = named.nextSetBit(0); number >= 0; number = named.nextSetBit(number + 1)) {
            out.writeInt(number);
            out.writeUTF(names.name(number));
        }
        rows.write(out);
        for (int row = 0; row < odd.length; row++) {
            if (odd[row] != null) {
                out.writeInt(row);
                odd[row].write(out);
            }
        }
        out.writeInt(-1);
    }

    void read(DataInputView in, Names names) throws IOException {
        Map<Integer, Integer> numbers = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            numbers.put(in.readInt(), names.number(in.readUTF()));
        }
        rows.read(in);
        odd = new Odd[rows.size()];
        for (int row = in.readInt(); row >= 0; row = in.readInt()) {
            odd[row] = Odd.read(in);
        }
        MeterState state = new MeterState();
        for (int row = 0; row < rows.size(); row++) {
            load(row, state);
            // Subtasks number names as they meet them.
            state.feeder = numbers.get(state.feeder);
            state.region = numbers.get(state.region);
            state.life.feeder = numbers.get(state.life.feeder);
            store(row, state);
        }
    }
}
