package io.wattstream.readings.records;

import io.wattstream.readings.decoding.ReadingColumn;
import io.wattstream.readings.decoding.ReadingDecoder;

import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.util.Collector;

/**
 * Turns each Kafka record into exactly one row, whatever its value is, and never throws.
 *
 * <p>It is in Java because Flink decodes in the JVM, and it is our own because the stock JSON
 * format drops what it cannot parse without a trace, makes many rows of an array and one of the
 * string {@code "5"} where a number must be.
 */
public final class RecordSchema implements KafkaRecordDeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    /** {@code contracts.reading.PACED_HEADER}. */
    private static final String PACED_HEADER = "paced";

    private final RecordRow row;
    private transient ReadingDecoder decoder;

    /**
     * @param row what the rows have
     */
    public RecordSchema(RecordRow row) {
        this.row = row;
    }

    @Override
    public void open(InitializationContext context) {
        decoder = new ReadingDecoder();
    }

    /** Sends on the row of a record; of one without a value, too. */
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RowData> out) {
        decoder.decode(record.value());
        boolean isPaced =
                record.headers().lastHeader(PACED_HEADER) != null
                        && Boolean.TRUE.equals(ReadingColumn.HEARTBEAT.of(decoder));
        out.collect(
                row.row(decoder, record.partition(), record.offset(), record.timestamp(), isPaced));
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return InternalTypeInfo.of(row.type());
    }
}
