package io.wattstream.readings.records;

import io.wattstream.readings.decoding.Decoding;
import io.wattstream.readings.decoding.ReadingColumn;
import io.wattstream.readings.decoding.ReadingDecoder;

import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonParserRowDataDeserializationSchema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Prints the processor time to decode a reading, beside Flink's own JSON format. Run its main
 * method and take the smallest numbers: the first rounds warm up, and others may use the machine.
 */
final class DecodingBenchmark {
    private static final int RECORDS = 2_000_000;
    private static final int ROUNDS = 8;

    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

    private static final RecordRow ALL_COLUMNS =
            RecordRow.of(
                    Arrays.stream(ReadingColumn.values())
                            .map(ReadingColumn::columnName)
                            .toArray(String[]::new));

    private interface Decoder {
        RowData row(byte[] message) throws IOException;
    }

    private DecodingBenchmark() {}

    @SuppressWarnings("deprecation") // For one row there is no other.
    public static void main(String[] arguments) throws Exception {
        RowType stock =
                (RowType)
                        DataTypes.ROW(
                                        DataTypes.FIELD("meter_id", DataTypes.STRING()),
                                        DataTypes.FIELD("geohash", DataTypes.STRING()),
                                        DataTypes.FIELD("commodity", DataTypes.STRING()),
                                        DataTypes.FIELD("ts", DataTypes.BIGINT()),
                                        DataTypes.FIELD("seq", DataTypes.BIGINT()),
                                        DataTypes.FIELD("register", DataTypes.DOUBLE()),
                                        DataTypes.FIELD("demand", DataTypes.DOUBLE()),
                                        DataTypes.FIELD("voltage_v", DataTypes.DOUBLE()))
                                .getLogicalType();
        ReadingDecoder decoder = new ReadingDecoder();
        JsonParserRowDataDeserializationSchema json =
                new JsonParserRowDataDeserializationSchema(
                        stock, InternalTypeInfo.of(stock), false, true, TimestampFormat.SQL);
        json.open(null);
        for (int round = 0; round < ROUNDS; round++) {
            measure(
                    "ours",
                    message -> {
                        decoder.decode(message);
                        return ALL_COLUMNS.row(decoder, 0, 0, 0, false);
                    });
            measure("json", json::deserialize);
        }
    }

    private static void measure(String name, Decoder decoder) throws IOException {
        byte[] message = Decoding.GOOD.getBytes(StandardCharsets.UTF_8);
        long started = CLOCK.getCurrentThreadCpuTime();
        long sum = 0;
        for (int i = 0; i < RECORDS; i++) {
            sum += decoder.row(message).getLong(3);
        }
        long nanoseconds = (CLOCK.getCurrentThreadCpuTime() - started) / RECORDS;
        System.out.printf("%-20s %5d ns/record (%d)%n", name, nanoseconds, sum);
    }
}
