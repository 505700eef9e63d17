package io.wattstream.source;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

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

    private final Slices.Columns columns;
    private final long sliceMs;
    private final int most;
    private transient Commodities commodities;
    private transient TreeMap<Long, MeterTable> open;
    private transient Deque<MeterTable> spare;
    private transient MeterTable latest;
    private transient long latestStartMs;
    private transient int held;
    private transient GenericRowData row;
    private transient StreamRecord<RowData> out;

    /**
     * @param columns where the input has what
     * @param sliceMs length of a slice
     * @param most meters of all slices together that are held at most
     */
    PartialSliceOperator(Slices.Columns columns, long sliceMs, int most) {
        this.columns = columns;
        this.sliceMs = sliceMs;
        this.most = most;
    }

    @Override
    public void open() throws Exception {
        super.open();
        commodities = new Commodities();
        open = new TreeMap<>();
        spare = new ArrayDeque<>();
        row = MeterRow.empty();
        out = new StreamRecord<>(row);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData reading = element.getValue();
        MeterTable slice = slice(reading.getLong(columns.ts()));
        int before = slice.size();
        slice.addReading(
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

    private MeterTable slice(long ts) {
        long startMs = ts - Math.floorMod(ts, sliceMs);
        if (latest == null || startMs != latestStartMs) {
            latest = open.computeIfAbsent(startMs, start -> unused());
            latestStartMs = startMs;
        }
        return latest;
    }

    private MeterTable unused() {
        MeterTable table = spare.poll();
        return table == null ? new MeterTable(commodities) : table;
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

    private void send(Map.Entry<Long, MeterTable> entry) {
        Long startMs = entry.getKey();
        MeterTable slice = entry.getValue();
        for (int number = 0; number < slice.size(); number++) {
            MeterRow.fill(row, slice, number, startMs);
            output.collect(out.replace(row, startMs));
        }
        held -= slice.size();
        latest = null;
        if (spare.size() < SPARE) {
            slice.clear();
            spare.push(slice);
        }
    }
}
