package io.wattstream.readings.records;

import io.wattstream.readings.decoding.ReadingDecoder;

import org.apache.flink.table.data.RowData;

import java.nio.charset.StandardCharsets;

/** Rows of records as tests make and read them. */
public final class RecordRows {
    private RecordRows() {}

    public static RowData row(RecordRow columns, int partition, long arrivalMs, String message) {
        ReadingDecoder decoder = new ReadingDecoder();
        decoder.decode(message.getBytes(StandardCharsets.UTF_8));
        return columns.row(decoder, partition, 0, arrivalMs, false);
    }

    public static long arrivalMs(RecordRow columns, RowData row) {
        return columns.arrivalMs(row);
    }
}
