package io.wattstream.archive;

import org.apache.flink.formats.parquet.ParquetBuilder;
import org.apache.flink.formats.parquet.row.ParquetRowDataBuilder;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;

import java.io.IOException;

/**
 * How a file is written.
 *
 * @param type the columns of the table, all of them in the file
 */
record ArchiveFile(RowType type) implements ParquetBuilder<RowData> {
    /** Small, since every column of every open file holds a page. */
    private static final int PAGE_BYTES = 64 * 1024;

    @Override
    public ParquetWriter<RowData> createWriter(OutputFile out) throws IOException {
        ParquetRowDataBuilder builder =
                new ParquetRowDataBuilder(out, type, true)
                        .withCompressionCodec(CompressionCodecName.SNAPPY)
                        .withPageSize(PAGE_BYTES)
                        .withDictionaryPageSize(PAGE_BYTES);
        for (RowField field : type.getFields()) {
            // Times, offsets and numbers in sequence hardly repeat within a file.
            if (field.getType().is(LogicalTypeRoot.BIGINT)) {
                builder = builder.withDictionaryEncoding(field.getName(), false);
            }
        }
        return builder.build();
    }
}
