package io.wattstream.archive;

import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;
import org.apache.flink.table.data.RowData;

import java.time.Duration;
import java.time.LocalDate;

/** Names a row's folder, {@code event_date=yyyy-MM-dd}, by the UTC day of one of its columns. */
final class DayBucketAssigner implements BucketAssigner<RowData, String> {
    private static final long serialVersionUID = 1L;
    private static final long DAY_MS = Duration.ofDays(1).toMillis();

    private final int position;
    private transient long day;
    private transient String folder;

    /**
     * @param position of a column of milliseconds since the epoch
     */
    DayBucketAssigner(int position) {
        this.position = position;
    }

    /**
     * The folder of a row.
     *
     * @throws NullPointerException if it has no time; a usable reading has one
     */
    @Override
    public String getBucketId(RowData row, Context context) {
        if (row.isNullAt(position)) {
            throw new NullPointerException("A row without a time has no day: " + row);
        }
        long rowDay = Math.floorDiv(row.getLong(position), DAY_MS);
        // Nearly all rows are of the same day as the one before.
        if (folder == null || rowDay != day) {
            day = rowDay;
            folder = "event_date=" + LocalDate.ofEpochDay(rowDay);
        }
        return folder;
    }

    @Override
    public SimpleVersionedSerializer<String> getSerializer() {
        return SimpleVersionedStringSerializer.INSTANCE;
    }
}
