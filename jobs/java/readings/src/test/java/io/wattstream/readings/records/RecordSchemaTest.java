package io.wattstream.readings.records;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wattstream.readings.decoding.Decoding;
import io.wattstream.readings.decoding.Example;

import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.record.TimestampType;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        assertEquals(false, row.getBoolean(7));
    }

    @Test
    void aHeartbeatOfThePacemakerIsKnownByItsHeader() {
        byte[] heartbeat = utf8("{\"heartbeat\":true}");
        RecordHeaders paced = new RecordHeaders();
        paced.add("paced", new byte[0]);
        RecordHeaders other = new RecordHeaders();
        other.add("ingest", new byte[0]);

        assertEquals(true, rows(heartbeat, paced).get(0).getBoolean(7));
        assertEquals(false, rows(heartbeat, other).get(0).getBoolean(7));
        assertEquals(false, rows(utf8(Decoding.GOOD), paced).get(0).getBoolean(7));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void noValueIsDroppedOrBecomesTwoRows(Example example) {
        assertEquals(1, rows(example.message()).size());
    }

    static List<Example> examples() throws IOException {
        return Example.all();
    }

    private List<RowData> rows(byte[] message) {
        return rows(message, new RecordHeaders());
    }

    private List<RowData> rows(byte[] message, RecordHeaders headers) {
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
                        headers,
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
