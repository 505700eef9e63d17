package io.wattstream.readings.records;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wattstream.readings.decoding.Decoding;

import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.record.TimestampType;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A record is one row, whatever its value is. */
class RecordSchemaTest {
    private static final RecordRow ROW = RecordRow.of("seq", "problem");

    private final RecordSchema schema = new RecordSchema(ROW);

    RecordSchemaTest() {
        schema.open(null);
    }

    @Test
    void aRowSaysWhatAndWhenAndWhere() {
        RowData row = rows(utf8(Decoding.GOOD)).get(0);

        assertEquals(753889L, row.getLong(0));
        assertEquals(true, row.isNullAt(1));
        assertEquals(TimestampData.fromEpochMillis(99), row.getTimestamp(2, 3));
        assertEquals(3, row.getInt(3));
        assertEquals(17, row.getLong(4));
        assertEquals(99, row.getLong(5));
        assertEquals(true, row.isNullAt(6));
    }

    @Test
    void noValueIsDroppedOrBecomesTwoRows() {
        List<String> messages =
                List.of(
                        "",
                        " ",
                        "[]",
                        "{}{}",
                        "1 2",
                        "[" + Decoding.GOOD + "," + Decoding.GOOD + "]",
                        Decoding.GOOD + "\n" + Decoding.GOOD,
                        "{\"heartbeat\":true}");

        Stream.concat(messages.stream().map(RecordSchemaTest::utf8), Stream.of((byte[]) null))
                .forEach(message -> assertEquals(1, rows(message).size()));
    }

    private List<RowData> rows(byte[] message) {
        List<RowData> rows = new ArrayList<>();
        schema.deserialize(
                new ConsumerRecord<>(
                        "readings",
                        3,
                        17,
                        99,
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        null,
                        message,
                        new RecordHeaders(),
                        Optional.empty()),
                collector(rows));
        return rows;
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

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
