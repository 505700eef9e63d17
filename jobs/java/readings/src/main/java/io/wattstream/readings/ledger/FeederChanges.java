package io.wattstream.readings.ledger;

import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/** What changes behind each feeder in one slice through the meters of one subtask. */
final class FeederChanges {
    private final Names names;

    /** By the numbers of their names. */
    private FeederPart[] parts = {};

    /** Those of them that there are. */
    private int[] touched = new int[8];

    private int size;

    FeederChanges(Names names) {
        this.names = names;
    }

    /** That of a feeder. */
    FeederPart of(int feeder) {
        if (feeder >= parts.length) {
            parts = Arrays.copyOf(parts, Math.max(2 * parts.length, feeder + 1));
        }
        if (parts[feeder] == null) {
            int least = names.isArea(feeder) ? Life.MISSED_TWICE : Life.MISSED;
            parts[feeder] = new FeederPart(least);
            if (size == touched.length) {
                touched = Arrays.copyOf(touched, 2 * size);
            }
            touched[size++] = feeder;
        }
        return parts[feeder];
    }

    /** Sends all of them, and forgets them. */
    void send(long endMs, Consumer<RowData> out) throws IOException {
        for (int i = 0; i < size; i++) {
            FeederPart part = parts[touched[i]];
            parts[touched[i]] = null;
            out.accept(PartRow.of(names.name(touched[i]), endMs, part.bytes()));
        }
        size = 0;
    }
}
