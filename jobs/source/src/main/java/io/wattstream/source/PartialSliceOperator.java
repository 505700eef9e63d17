package io.wattstream.source;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds up the readings that one subtask of the source reads, by slice and meter, before they are
 * sent to where their meter is kept.
 *
 * <p>It has no state. What it holds goes out when the watermark has passed the slice, before a
 * checkpoint's barrier, and when it is too much; so a slice of a meter may come in several parts,
 * and whoever reads them adds them up once more.
 *
 * <p>The row that goes out is the same object each time.
 */
final class PartialSliceOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /**
     * Meters of all slices together that one subtask holds at most, some 70 MiB. A partition that is
     * read far ahead of another has many slices open.
     */
    static final int MOST = 250_000;

    /** Emptied tables that are kept for the next slices: as many as are open as a rule. */
    private static final int SPARE = 4;

    private final PartialSlices.Columns columns;
    private final long sliceMs;
    private final int most;
    private transient TreeMap<Long, SliceTable> open;
    private transient Deque<SliceTable> spare;
    private transient SliceTable latest;
    private transient long latestStartMs;
    private transient int held;
    private transient GenericRowData row;
    private transient StreamRecord<RowData> out;

    /**
     * @param columns where the input has what
     * @param sliceMs length of a slice
     * @param most meters of all slices together that are held at most
     */
    PartialSliceOperator(PartialSlices.Columns columns, long sliceMs, int most) {
        this.columns = columns;
        this.sliceMs = sliceMs;
        this.most = most;
    }

    @Override
    public void open() throws Exception {
        super.open();
        open = new TreeMap<>();
        spare = new ArrayDeque<>();
        row = new GenericRowData(PartialSlices.WIDTH);
        out = new StreamRecord<>(row);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData reading = element.getValue();
        SliceTable slice = slice(reading.getTimestamp(columns.eventTime(), 3).getMillisecond());
        int before = slice.size();
        slice.add(
                reading.getString(columns.meterId()),
                reading.getString(columns.geohash()),
                reading.getString(columns.commodity()),
                reading.getLong(columns.seq()),
                reading.getLong(columns.stampedRegister()),
                reading.getLong(columns.register()),
                reading.getLong(columns.demand()));
        held += slice.size() - before;
        if (held > most) {
            sendAll();
        }
    }

    private SliceTable slice(long eventTimeMs) {
        long startMs = eventTimeMs - Math.floorMod(eventTimeMs, sliceMs);
        if (latest == null || startMs != latestStartMs) {
            latest = open.computeIfAbsent(startMs, start -> unused());
            latestStartMs = startMs;
        }
        return latest;
    }

    private SliceTable unused() {
        SliceTable table = spare.poll();
        return table == null ? new SliceTable() : table;
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        while (!open.isEmpty() && open.firstKey() + sliceMs - 1 <= mark.getTimestamp()) {
            send(open.pollFirstEntry());
        }
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
        while (!open.isEmpty()) {
            send(open.pollFirstEntry());
        }
    }

    private void send(Map.Entry<Long, SliceTable> entry) {
        SliceTable slice = entry.getValue();
        row.setField(PartialSlices.EVENT_TIME, TimestampData.fromEpochMillis(entry.getKey()));
        for (int slot = 0; slot < slice.slots(); slot++) {
            if (!slice.isTaken(slot)) {
                continue;
            }
            row.setField(PartialSlices.METER_ID, slice.meter(slot));
            row.setField(PartialSlices.GEOHASH, slice.geohash(slot));
            row.setField(PartialSlices.COMMODITY, slice.commodity(slot));
            for (int figure = 0; figure < SliceTable.FIGURES; figure++) {
                row.setField(PartialSlices.FIRST_FIGURE + figure, slice.figure(slot, figure));
            }
            output.collect(out.replace(row, entry.getKey()));
        }
        held -= slice.size();
        latest = null;
        if (spare.size() < SPARE) {
            slice.clear();
            spare.push(slice);
        }
    }
}
