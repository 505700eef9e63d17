package io.wattstream.source;

import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decodes messages the way the Kafka connector does, into a row with all columns. */
final class Decoding {
    static final String GOOD =
            """
            {"meter_id":"MAC000002","geohash":"gcpuvbx10bcd","commodity":"electricity",\
            "ts":1357000200000,"seq":753889,"register":12345.678,"demand":438,"voltage_v":230.1}\
            """;

    static final RecordRow ROW =
            RecordRow.of(
                    Arrays.stream(ReadingColumn.values())
                            .map(ReadingColumn::columnName)
                            .toArray(String[]::new));

    private final RecordSchema schema = new RecordSchema(ROW);

    Decoding() {
        schema.open(null);
    }

    /** What all columns of a message hold, with or without the quick way for plain ones. */
    static List<Object> columns(ReadingDecoder decoder, byte[] message, boolean quickly) {
        if (quickly) {
            decoder.decode(message);
        } else {
            decoder.decodeAny(message);
        }
        List<Object> values = new ArrayList<>();
        for (ReadingColumn column : ReadingColumn.values()) {
            Object value = column.of(decoder);
            values.add(value instanceof byte[] bytes ? List.of(bytes.length) : value);
        }
        return values;
    }

    /** The rows of one record. */
    List<RowData> rows(byte[] message) {
        List<RowData> rows = new ArrayList<>();
        schema.deserialize(new ConsumerRecord<>("readings", 0, 0, null, message), collector(rows));
        return rows;
    }

    /** The only row of one record. */
    RowData row(byte[] message) {
        List<RowData> rows = rows(message);
        if (rows.size() != 1) {
            throw new AssertionError("rows of one record: " + rows);
        }
        return rows.get(0);
    }

    RowData row(String message) {
        return row(message.getBytes(StandardCharsets.UTF_8));
    }

    /** The value of a column: text as a String, null if there is none. */
    static Object value(RowData row, String column) {
        RowType type = ROW.type();
        int position = type.getFieldIndex(column);
        Object value =
                RowData.createFieldGetter(type.getTypeAt(position), position).getFieldOrNull(row);
        return value instanceof StringData text ? text.toString() : value;
    }

    private static Collector<RowData> collector(List<RowData> rows) {
        return new Collector<>() {
            @Override
            public void collect(RowData row) {
                rows.add(row);
            }

            @Override
            public void close() {}
        };
    }
}
