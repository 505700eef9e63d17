package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is drawn behind a feeder and at which voltages, or how that changes: of homes and of supply
 * meters whose value holds.
 */
final class Load {
    /** Homes of which it is known what they draw, ... */
    static final int HOMES = 0;

    /** ... and that; homes of which the voltage is known, */
    static final int DEMAND = 1;

    static final int VOLTAGES = 2;

    /** those where it is too low, nearly too low or too low, ... */
    static final int LOW = 3;

    static final int LOWERED = 4;

    /** ... too high, nearly too high or too high. */
    static final int HIGH = 5;

    static final int RAISED = 6;

    /** Supply meters of which it is known what goes through them, that, and what may. */
    static final int SUPPLIES = 7;

    static final int SUPPLY = 8;
    static final int CAPACITY_W = 9;

    static final int FIGURES = 10;

    final long[] figures = new long[FIGURES];

    /** Readings of supply meters in a slice: of a change alone. */
    final List<Supply.Reading> supplied = new ArrayList<>();

    /** Adds what a home adds, or takes it away. */
    void addHome(Share share, int sign) {
        if (!share.holds()) {
            return;
        }
        if (share.isDemandKnown) {
            figures[HOMES] += sign;
            figures[DEMAND] += sign * share.demand;
        }
        int voltage = share.voltage;
        if (voltage != Voltage.UNKNOWN) {
            figures[VOLTAGES] += sign;
            figures[LOW] += voltage == Voltage.LOW ? sign : 0;
            figures[LOWERED] += voltage == Voltage.LOW || voltage == Voltage.LOWERED ? sign : 0;
            figures[HIGH] += voltage == Voltage.HIGH ? sign : 0;
            figures[RAISED] += voltage == Voltage.HIGH || voltage == Voltage.RAISED ? sign : 0;
        }
    }

    /** Adds what a supply meter adds, or takes it away. */
    void addSupply(Share share, int sign) {
        if (share.holds() && share.isDemandKnown) {
            figures[SUPPLIES] += sign;
            figures[SUPPLY] += sign * share.demand;
        }
    }

    /** Adds what changes. */
    void add(Load change) {
        for (int i = 0; i < FIGURES; i++) {
            figures[i] += change.figures[i];
        }
    }

    /** What goes through the feeder: what its supply meters say, or else its homes. */
    long drawn() {
        return figures[SUPPLIES] > 0 ? figures[SUPPLY] : figures[DEMAND];
    }

    /** Whether any is not 0, or anything was read. */
    boolean isAny() {
        for (long figure : figures) {
            if (figure != 0) {
                return true;
            }
        }
        return !supplied.isEmpty();
    }

    void write(DataOutputView out) throws IOException {
        for (long figure : figures) {
            Varints.write(out, figure);
        }
        Varints.write(out, supplied.size());
        for (Supply.Reading reading : supplied) {
            reading.write(out);
        }
    }

    void read(DataInputView in) throws IOException {
        for (int i = 0; i < FIGURES; i++) {
            figures[i] = Varints.read(in);
        }
        for (long left = Varints.read(in); left > 0; left--) {
            supplied.add(Supply.Reading.read(in));
        }
    }
}
