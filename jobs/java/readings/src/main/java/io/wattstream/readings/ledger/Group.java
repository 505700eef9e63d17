package io.wattstream.readings.ledger;

import org.apache.flink.table.data.StringData;

/** What meters are added up by, by number: contracts/live.py, in its order. */
final class Group {
    static final int AREA = 0;
    static final int FEEDER = 1;
    static final int REGION = 2;

    private static final StringData[] NAMES = {
        StringData.fromString("area"),
        StringData.fromString("feeder"),
        StringData.fromString("region")
    };

    private Group() {}

    static StringData name(int number) {
        return NAMES[number];
    }
}
