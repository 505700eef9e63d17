package io.wattstream.archive;

import org.apache.flink.formats.parquet.ParquetBuilder;
import org.apache.flink.formats.parquet.row.ParquetRowDataBuilder;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;

import java.io.IOException;

/**
 * How a file is written.
 *
 * @param type the columns of the table, all of them in the file
 */
record SnappyParquetBuilder(RowType type) implements ParquetBuilder<RowData> {
    /** Small, since every column of every open file holds a page. */
    private static final int PAGE_BYTES = 64 * 1024;

    /** Otherwise every file has a configuration of its own, and reads Hadoop's defaults for it. */
    private static final Configuration NONE = new Configuration(false);

    static {
        // It would keep that of the first job that writes, which is closed when that job ends.
        NONE.setClassLoader(SnappyParquetBuilder.class.getClassLoader());
    }

    @Override
    public ParquetWriter<RowData> createWriter(OutputFile out) throws IOException {
        return new ParquetRowDataBuilder(out, type, false)
                .withConf(NONE)
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withPageSize(PAGE_BYTES)
                .withDictionaryPageSize(PAGE_BYTES)
                .build();
    }
}
