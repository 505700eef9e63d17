package io.wattstream.archive;

import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.parquet.ParquetWriterFactory;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.types.logical.RowType;

/** Flink's own file sink, which ends its files at each checkpoint. */
record ArchiveTableSink(Path path, RowType type, DayBucketAssigner assigner)
        implements DynamicTableSink {
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        return ChangelogMode.insertOnly();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        return SinkV2Provider.of(
                FileSink.forBulkFormat(
                                path, new ParquetWriterFactory<>(new SnappyParquetBuilder(type)))
                        .withBucketAssigner(assigner)
                        .build());
    }

    @Override
    public DynamicTableSink copy() {
        return this;
    }

    @Override
    public String asSummaryString() {
        return "archive";
    }
}
