package io.wattstream.readings.ledger;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What history keeps of a meter's minute, in the order of the columns: contracts/figures.py.
 * Registers, demand and energy are thousandths, times epoch milliseconds.
 */
enum Figure {
    READINGS,
    EXPECTED,
    FIRST_SEQ,
    LAST_SEQ,
    FIRST_AT,
    LAST_AT,
    FIRST_REGISTER,
    LAST_REGISTER,
    LOW_REGISTER,
    HIGH_REGISTER,
    DEMANDS,
    DEMAND_SUM,
    DEMAND_MIN,
    DEMAND_MAX,
    ENERGY,
    ESTIMATED;

    static final int COUNT = values().length;

    /** Name of the column in SQL. */
    String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The columns of all figures, in their order. */
    static List<String> columns() {
        return Arrays.stream(values()).map(Figure::column).toList();
    }
}
