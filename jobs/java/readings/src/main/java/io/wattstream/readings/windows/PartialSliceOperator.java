package io.wattstream.readings.windows;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

import java.io.Serializable;
import java.util.Map;

/**
 * Adds up the readings that one subtask of the source reads, by slice and meter, before they are
 * sent to where their meter is kept. The time of a row that goes out is the start of its slice.
 *
 * <p>It has no state. What it holds goes out when the watermark has passed the slice, before a
 * checkpoint's barrier, and when it is too much; so a slice of a meter may come in several parts,
 * and whoever reads them adds them up once more.
 *
 * <p>The row that goes out is the same object each time.
 */
public final class PartialSliceOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /**
     * Meters of all slices together that one subtask holds at most, some 70 MiB. A partition that
     * is read far ahead of another has many slices open.
     */
    private static final int MOST = 250_000;

    private final Columns columns;
    private final long sliceMs;
    private final int most;
    private transient MeterBatch batch;
    private transient OpenWindows slices;
    private transient int held;
    private transient GenericRowData row;
    private transient StreamRecord<RowData> out;

    /** Positions of the input's columns. */
    public record Columns(
            int meterId,
            int geohash,
            int commodity,
            int seq,
            int stampedRegister,
            int register,
            int demand,
            int ts)
            implements Serializable {}

    /**
     * @param columns where the input has what
     * @param sliceMs length of a slice
     */
    public PartialSliceOperator(Columns columns, long sliceMs) {
        this(columns, sliceMs, MOST);
    }

    /**
     * As the other.
     *
     * @param most meters of all slices together that are held at most, and those of a batch
     */
    PartialSliceOperator(Columns columns, long sliceMs, int most) {
        this.columns = columns;
        this.sliceMs = sliceMs;
        this.most = most;
    }

    @Override
    public void open() throws Exception {
        super.open();
        batch = new MeterBatch();
        slices = new OpenWindows(new Commodities(), sliceMs, 1);
        row = MeterRow.empty();
        out = new StreamRecord<>(row);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData reading = element.getValue();
        held +=
                batch.addReading(
                        slices.table(reading.getLong(columns.ts()), 0),
                        reading.getString(columns.meterId()),
                        reading.getString(columns.geohash()),
                        reading.getString(columns.commodity()),
                        reading.getLong(columns.seq()),
                        reading.getLong(columns.stampedRegister()),
                        reading.getLong(columns.register()),
                        reading.getLong(columns.demand()));
        if (held > most) {
            sendAll();
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        send(mark.getTimestamp());
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        sendAll();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        sendAll();
        super.finish();
    }

    private void sendAll() {
        send(Long.MAX_VALUE);
    }

    /** Sends the slices that a watermark closes. */
    private void send(long watermarkMs) {
        held += batch.flush();
        Map.Entry<Long, MeterTable[]> closed;
        while ((closed = slices.pollClosed(watermarkMs)) != null) {
            Long startMs = closed.getKey();
            MeterTable slice = closed.getValue()[0];
            for (int number = 0; number < slice.size(); number++) {
                MeterRow.fill(row, slice, number, startMs);
                output.collect(out.replace(row, startMs));
            }
            held -= slice.size();
            slices.giveBack(closed.getValue());
        }
    }
}
