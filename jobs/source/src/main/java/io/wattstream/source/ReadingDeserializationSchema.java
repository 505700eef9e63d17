package io.wattstream.source;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

import javax.annotation.Nullable;

/**
 * Turns each Kafka record into exactly one row, whatever its value is, and never throws.
 *
 * <p>It is in Java because Flink decodes in the JVM, and it is our own because the stock JSON
 * format drops what it cannot parse without a trace, makes many rows of an array and one of the
 * string {@code "5"} where a number must be.
 *
 * <p>Every row is a new object: without metadata columns the Kafka connector hands the format's own
 * row to the source's queue, where it waits for another thread.
 */
final class ReadingDeserializationSchema implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final ReadingColumn[] columns;
    private final TypeInformation<RowData> producedType;
    private transient ReadingDecoder decoder;

    ReadingDeserializationSchema(
            ReadingColumn[] columns, TypeInformation<RowData> producedType) {
        this.columns = columns.clone();
        this.producedType = producedType;
    }

    @Override
    public void open(InitializationContext context) {
        decoder = new ReadingDecoder();
    }

    /** The row of a message; of a record without a value, null, as well. */
    @Override
    public RowData deserialize(@Nullable byte[] message) {
        decoder.decode(message);
        GenericRowData row = new GenericRowData(columns.length);
        for (int i = 0; i < columns.length; i++) {
            row.setField(i, columns[i].of(decoder));
        }
        return row;
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return producedType;
    }
}
