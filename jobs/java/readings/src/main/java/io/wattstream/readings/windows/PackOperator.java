package io.wattstream.readings.windows;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.io.Serializable;
import java.util.Map;

/**
 * Packs the readings that one subtask of the source reads, by window and meter, before they are
 * sent to where their meter is kept: a row for a meter and slice instead of one for each reading.
 *
 * <p>It decides nothing: who gets the rows finds every reading in them, those of a meter in the
 * order of the log, however they are packed. So it has no state: what it holds goes out when time
 * has passed the slice, before a checkpoint's barrier, and when it is too much.
 *
 * <p>The row that goes out is the same object each time.
 */
public final class PackOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /**
     * Readings that one subtask holds at most, some 80 MiB. A partition that is read far ahead of
     * another has many slices open.
     */
    private static final int MOST = 1_000_000;

    private static final double CENTIVOLTS = 100;

    private final Columns columns;
    private final long sliceMs;
    private final long behindMs;
    private final int most;
    private transient OpenWindows onTime;
    private transient OpenWindows late;
    private transient PackedWords packed;
    private transient RowKey meter;
    private transient Words words;
    private transient MeterWords.Batch batch;
    private transient int held;
    private transient GenericRowData row;
    private transient StreamRecord<RowData> out;

    /** Positions of the input's columns. */
    public record Columns(
            int meterId,
            int geohash,
            int commodity,
            int ts,
            int seq,
            int register,
            int demand,
            int voltageV,
            int energy,
            int revision,
            int quality,
            int arrivalMs,
            int late,
            int announcement,
            int feeder,
            int region,
            int cadenceMs,
            int kind,
            int registerSize,
            int removed)
            implements Serializable {}

    /**
     * @param columns where the input has what
     * @param sliceMs length of a slice
     * @param behindMs how far the watermark is behind the arrival
     */
    public PackOperator(Columns columns, long sliceMs, long behindMs) {
        this(columns, sliceMs, behindMs, MOST);
    }

    /**
     * As the other.
     *
     * @param most readings that are held at most
     */
    PackOperator(Columns columns, long sliceMs, long behindMs, int most) {
        this.columns = columns;
        this.sliceMs = sliceMs;
        this.behindMs = behindMs;
        this.most = most;
    }

    @Override
    public void open() throws Exception {
        super.open();
        onTime = new OpenWindows(sliceMs, 1);
        late = new OpenWindows(sliceMs, 1);
        packed = new PackedWords();
        meter = new RowKey();
        words = new Words();
        batch = new MeterWords.Batch();
        row = PackedRow.empty();
        out = new StreamRecord<>(row);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws IOException {
        RowData reading = element.getValue();
        if (reading.getBoolean(columns.announcement)) {
            announce(reading);
            return;
        }
        boolean isLate = reading.getBoolean(columns.late);
        long tsMs = reading.getLong(columns.ts);
        long arrivalMs = isLate ? reading.getLong(columns.arrivalMs) : 0;
        MeterWords table = isLate ? late.words(arrivalMs, 0) : onTime.words(tsMs, 0);
        meter(reading, batch.next());
        table.all()
                .add(
                        tsMs,
                        reading.getLong(columns.seq),
                        reading.getLong(columns.register),
                        numberOrNone(reading, columns.demand),
                        Geohash.pack(reading.getString(columns.geohash).toBytes()),
                        numberOrNone(reading, columns.energy),
                        centivolts(reading),
                        reading.isNullAt(columns.quality)
                                ? Quality.MEASURED
                                : Quality.number(reading.getString(columns.quality)),
                        (int) reading.getLong(columns.revision),
                        isLate ? (int) (arrivalMs - late.startMs(arrivalMs)) : 0);
        batch.add(table);
        if (++held > most) {
            sendAll();
        }
    }

    private RowKey meter(RowData reading, RowKey into) {
        return into.set(
                reading.getString(columns.meterId),
                Commodity.number(reading.getString(columns.commodity)));
    }

    private static long numberOrNone(RowData reading, int column) {
        return reading.isNullAt(column) ? Words.NONE : reading.getLong(column);
    }

    private long centivolts(RowData reading) {
        if (reading.isNullAt(columns.voltageV)) {
            return Words.NONE;
        }
        return (long) Math.floor(reading.getDouble(columns.voltageV) * CENTIVOLTS + 0.5);
    }

    /** Sends an announcement on at once: there are few. */
    private void announce(RowData reading) throws IOException {
        Announcement announcement =
                new Announcement(
                        textOrEmpty(reading, columns.feeder),
                        textOrEmpty(reading, columns.region),
                        numberOrZero(reading, columns.cadenceMs),
                        "interval".equals(textOrEmpty(reading, columns.kind)),
                        numberOrZero(reading, columns.registerSize),
                        !reading.isNullAt(columns.removed) && reading.getBoolean(columns.removed));
        long startMs = late.startMs(reading.getLong(columns.arrivalMs));
        send(meter(reading, meter), PackedRow.ANNOUNCEMENT, startMs, announcement.toBytes());
    }

    private static String textOrEmpty(RowData reading, int column) {
        return reading.isNullAt(column) ? "" : reading.getString(column).toString();
    }

    private static long numberOrZero(RowData reading, int column) {
        return reading.isNullAt(column) ? 0 : reading.getLong(column);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        // Whoever waits for a slice can be told of it as soon as its end has arrived.
        long arrivedMs = Math.min(mark.getTimestamp(), Long.MAX_VALUE - 1 - behindMs) + behindMs;
        send(onTime, PackedRow.ON_TIME, arrivedMs);
        send(late, PackedRow.LATE, arrivedMs);
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

    private void sendAll() throws IOException {
        send(onTime, PackedRow.ON_TIME, Long.MAX_VALUE - 1);
        send(late, PackedRow.LATE, Long.MAX_VALUE - 1);
    }

    /** Sends the windows whose end has arrived. */
    private void send(OpenWindows windows, int kind, long arrivedMs) throws IOException {
        batch.flush();
        while (windows.firstEndMs() <= arrivedMs) {
            Map.Entry<Long, MeterWords[]> window = windows.pollFirst();
            MeterWords meters = window.getValue()[0];
            for (int number = 0; number < meters.size(); number++) {
                if (number % MeterWords.AHEAD == 0) {
                    meters.touch(number);
                }
                send(
                        meters.meter(number, meter),
                        kind,
                        window.getKey(),
                        packed.pack(meters.words(number, words)));
            }
            held -= meters.words();
            windows.giveBack(window.getValue());
        }
    }

    private void send(RowKey of, int kind, long startMs, byte[] bytes) {
        PackedRow.fill(row, of.id(), of.number(), kind, startMs, bytes);
        output.collect(out.replace(row, startMs));
    }
}
