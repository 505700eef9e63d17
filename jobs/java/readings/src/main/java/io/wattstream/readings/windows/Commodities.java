package io.wattstream.readings.windows;

import org.apache.flink.table.data.StringData;

import java.util.ArrayList;
import java.util.List;

/** Commodities by number, in the order in which they were met; there are a few. */
final class Commodities {
    private final List<StringData> texts = new ArrayList<>();
    private int latest;

    /** Number of a commodity; the bytes of its text may change afterwards. */
    int number(StringData commodity) {
        if (latest < texts.size() && texts.get(latest).equals(commodity)) {
            return latest;
        }
        latest = texts.indexOf(commodity);
        if (latest < 0) {
            latest = texts.size();
            texts.add(StringData.fromBytes(commodity.toBytes().clone()));
        }
        return latest;
    }

    /** The commodity of a number. */
    StringData text(int number) {
        return texts.get(number);
    }

    /** How many there are. */
    int size() {
        return texts.size();
    }

    /** Whichever of two comes later in the alphabet. */
    int larger(int one, int other) {
        return texts.get(one).compareTo(texts.get(other)) > 0 ? one : other;
    }
}
