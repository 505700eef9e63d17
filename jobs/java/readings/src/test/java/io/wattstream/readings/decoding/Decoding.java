package io.wattstream.readings.decoding;

import org.apache.flink.table.data.StringData;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Messages of tests, and what all columns hold of one; text as a String. */
public final class Decoding {
    /** What a reading has, or an announcement. */
    static final List<String> SAID_COLUMNS =
            List.of(
                    "meter_id",
                    "geohash",
                    "commodity",
                    "ts",
                    "seq",
                    "register",
                    "demand",
                    "voltage_v",
                    "energy",
                    "interval_ms",
                    "revision",
                    "quality",
                    "quality_code",
                    "feeder",
                    "region",
                    "cadence_ms",
                    "kind",
                    "register_size",
                    "removed",
                    "capacity_w",
                    "supply",
                    "installed_ms");

    public static final String GOOD =
            """
            {"meter_id":"MAC000002","geohash":"gcpuvbx10bcd","commodity":"electricity",\
            "ts":1357000200000,"seq":753889,"register":12345.678,"demand":438,"voltage_v":230.1}\
            """;

    /** What an announcement says. */
    static final String ANNOUNCED =
            """
            {"meter_id":"MAC000002","geohash":"gcpuvbx10bcd","commodity":"gas","feeder":"f",\
            "region":"US-CA","cadence_ms":60000,"kind":"interval","register_size":65536,\
            "capacity_w":100000,"supply":"off","installed_ms":1356998400000}\
            """;

    private final ReadingDecoder decoder = new ReadingDecoder();

    Map<String, Object> columns(byte[] message) {
        decoder.decode(message);
        return columns();
    }

    Map<String, Object> columns(String message) {
        return columns(message.getBytes(StandardCharsets.UTF_8));
    }

    /** Without the quick way for plain messages. */
    Map<String, Object> columnsTheSlowWay(byte[] message) {
        decoder.decodeAny(message);
        return columns();
    }

    private Map<String, Object> columns() {
        Map<String, Object> values = new HashMap<>();
        for (ReadingColumn column : ReadingColumn.values()) {
            Object value = column.of(decoder);
            values.put(
                    column.columnName(),
                    value instanceof StringData text ? text.toString() : value);
        }
        return values;
    }
}
