package org.apache.flink.table.runtime.arrow.serializers;

import org.apache.flink.api.python.shaded.org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.flink.api.python.shaded.org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.arrow.ArrowReader;
import org.apache.flink.table.runtime.arrow.ArrowUtils;
import org.apache.flink.table.runtime.arrow.ArrowWriter;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.IOUtils;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Rows as Arrow batches and back, between a task and its Python worker; stands for Flink's class of
 * this name, whose methods it has.
 *
 * <p>Flink's writes to a channel that an interrupt closes. A task that is cancelled while it hands
 * a batch to Python can then not be closed, which ends the task manager with all of its jobs; and
 * what it held stays allocated. This one writes to a channel that no interrupt closes, and releases
 * all that it has, whatever happens on the way.
 */
public final class ArrowSerializer {
    static {
        ArrowUtils.checkArrowUsable();
    }

    private final RowType inputType;
    private final RowType outputType;

    private BufferAllocator allocator;
    private InputStream fromPython;
    private OutputStream toPython;
    private VectorSchemaRoot written;
    private ArrowWriter<RowData> rowWriter;
    private ArrowStreamWriter streamWriter;
    private ArrowStreamReader streamReader;
    private ArrowReader rowReader;

    /**
     * @param inputType of the rows that are handed to Python
     * @param outputType of those that come back
     */
    public ArrowSerializer(RowType inputType, RowType outputType) {
        this.inputType = inputType;
        this.outputType = outputType;
    }

    /** Begins a stream of batches in each direction. */
    public void open(InputStream fromPython, OutputStream toPython) throws Exception {
        this.fromPython = fromPython;
        this.toPython = toPython;
        allocator = ArrowUtils.getRootAllocator().newChildAllocator("rows", 0, Long.MAX_VALUE);
        written = VectorSchemaRoot.create(ArrowUtils.toArrowSchema(inputType), allocator);
        rowWriter = createArrowWriter();
        streamReader = new ArrowStreamReader(fromPython, allocator);
        resetWriter();
    }

    /** Adds a row to the batch that is being written. */
    public void write(RowData row) {
        rowWriter.write(row);
    }

    /** Writes the batch, and begins another. */
    public void finishCurrentBatch() throws Exception {
        rowWriter.finish();
        streamWriter.writeBatch();
        rowWriter.reset();
    }

    /** Reads the next batch; returns how many rows it has. */
    public int load() throws IOException {
        streamReader.loadNextBatch();
        VectorSchemaRoot read = streamReader.getVectorSchemaRoot();
        if (rowReader == null) {
            rowReader = createArrowReader(read);
        }
        return read.getRowCount();
    }

    /** A row of the batch that was read. */
    public RowData read(int row) {
        return rowReader.read(row);
    }

    /** What writes rows into the batch. */
    public ArrowWriter<RowData> createArrowWriter() {
        return ArrowUtils.createRowDataArrowWriter(written, inputType);
    }

    /** What reads rows of a batch. */
    public ArrowReader createArrowReader(VectorSchemaRoot read) {
        return ArrowUtils.createArrowReader(read, outputType);
    }

    /** Begins another stream of batches from Python. */
    public void resetReader() throws IOException {
        rowReader = null;
        streamReader.close();
        streamReader = new ArrowStreamReader(fromPython, allocator);
    }

    /** Begins another stream of batches to Python. */
    public void resetWriter() throws IOException {
        streamWriter = new ArrowStreamWriter(written, null, new LastingChannel(toPython));
        streamWriter.start();
    }

    /** Ends both streams and releases what they hold, all of it even if a part fails. */
    public void close() throws Exception {
        AutoCloseable end = streamWriter == null ? null : streamWriter::end;
        IOUtils.closeAll(end, streamReader, written, allocator);
    }
}
