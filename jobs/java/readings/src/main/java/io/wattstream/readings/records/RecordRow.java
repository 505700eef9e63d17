package io.wattstream.readings.records;

import io.wattstream.readings.decoding.ReadingColumn;
import io.wattstream.readings.decoding.ReadingDecoder;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How records travel: what their message says, then where and when it arrived.
 *
 * @param columns of what the message says
 */
public record RecordRow(List<ReadingColumn> columns) implements Serializable {
    /** Name of the column with the row time. */
    public static final String ARRIVAL = "arrival";

    /** Positions behind the columns of the message. */
    private static final int TIME = 0;

    private static final int PARTITION = 1;
    private static final int OFFSET = 2;
    private static final int ARRIVAL_MS = 3;
    private static final int PARTITION_ARRIVAL_MS = 4;
    private static final int PACED = 5;

    private static final List<RowField> PLACE =
            List.of(
                    new RowField(ARRIVAL, new LocalZonedTimestampType(false, 3)),
                    new RowField("kafka_partition", new IntType(false)),
                    new RowField("kafka_offset", new BigIntType(false)),
                    new RowField("arrival_ms", new BigIntType(false)),
                    new RowField("partition_arrival_ms", new BigIntType()),
                    new RowField("paced", new BooleanType(false)));

    /**
     * A row with these columns.
     *
     * @throws org.apache.flink.table.api.ValidationException if there is no column of such a name
     */
    public static RecordRow of(String... columns) {
        return new RecordRow(Arrays.stream(columns).map(ReadingColumn::named).toList());
    }

    /** The SQL type. */
    public RowType type() {
        List<RowField> fields = new ArrayList<>();
        for (ReadingColumn column : columns) {
            fields.add(new RowField(column.columnName(), column.type()));
        }
        fields.addAll(PLACE);
        return new RowType(false, fields);
    }

    /**
     * A new row of the message that a decoder holds; the largest arrival before it is not known
     * yet.
     *
     * @param isPaced whether the pacemaker wrote it, in the place of the partition's writer
     */
    RowData row(
            ReadingDecoder decoder, int partition, long offset, long arrivalMs, boolean isPaced) {
        int width = columns.size();
        GenericRowData row = new GenericRowData(width + PLACE.size());
        for (int i = 0; i < width; i++) {
            row.setField(i, columns.get(i).of(decoder));
        }
        row.setField(width + TIME, TimestampData.fromEpochMillis(arrivalMs));
        row.setField(width + PARTITION, partition);
        row.setField(width + OFFSET, offset);
        row.setField(width + ARRIVAL_MS, arrivalMs);
        row.setField(width + PACED, isPaced);
        return row;
    }

    int partition(RowData row) {
        return row.getInt(columns.size() + PARTITION);
    }

    long arrivalMs(RowData row) {
        return row.getLong(columns.size() + ARRIVAL_MS);
    }

    /** Fills in the largest arrival of the partition before the record. */
    void setPartitionArrivalMs(RowData row, long largestMs) {
        ((GenericRowData) row).setField(columns.size() + PARTITION_ARRIVAL_MS, largestMs);
    }
}
