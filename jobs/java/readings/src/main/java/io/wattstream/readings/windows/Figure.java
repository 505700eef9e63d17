package io.wattstream.readings.windows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What is known of a meter in a window, in the order of the columns, and how two parts of the
 * window make one. {@link MeterBatch} says what a reading is of each.
 */
enum Figure {
    READINGS(Merge.SUM),
    FIRST_SEQ(Merge.MIN),
    LAST_SEQ(Merge.MAX),
    FIRST_STAMPED(Merge.MIN),
    LAST_STAMPED(Merge.MAX),
    LOW_REGISTER(Merge.MIN),
    HIGH_REGISTER(Merge.MAX),
    DEMAND_SUM(Merge.SUM),
    DEMAND_MIN(Merge.MIN),
    DEMAND_MAX(Merge.MAX);

    /** How the figures of two parts become that of the whole. */
    enum Merge {
        SUM,
        MIN,
        MAX
    }

    static final int COUNT = values().length;

    /** Those of one rule behind one another, so that a loop over a range merges them. */
    private static final List<Figure> BY_MERGE =
            Arrays.stream(values()).sorted(Comparator.comparing(figure -> figure.merge)).toList();

    private final Merge merge;

    Figure(Merge merge) {
        this.merge = merge;
    }

    /** Name of the column in SQL. */
    String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The columns of all figures, in their order. */
    static String columns() {
        return Arrays.stream(values()).map(Figure::column).collect(Collectors.joining(" "));
    }

    /** Where the figure is among those of a {@link MeterTable}'s row: sums, minima, maxima. */
    int position() {
        return BY_MERGE.indexOf(this);
    }

    /** Positions of all figures, in the order of the columns. */
    static int[] positions() {
        return Arrays.stream(values()).mapToInt(Figure::position).toArray();
    }

    /** How many figures merge by a rule. */
    static int count(Merge merge) {
        return (int) BY_MERGE.stream().filter(figure -> figure.merge == merge).count();
    }
}
