package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.OutputTag;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Packs the readings that one subtask of the source reads, by window and meter, before they are
 * sent to where their meter is kept: a row for a meter and slice instead of one for each reading.
 *
 * <p>It decides nothing: who gets the rows finds every reading in them, those of a meter in the
 * order of the log, however they are packed. So it has no state: what it holds goes out when time
 * has passed the slice, before a checkpoint's barrier, and when it is too much.
 *
 * <p>What it hears of the partitions' writers, readings and heartbeats, goes to a side output, for
 * everybody who keeps meters; so do the feeders of which a supply meter is announced.
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

    /** Nothing has been heard of a partition since that was said last. */
    private static final long NONE = Long.MIN_VALUE;

    private static final StringData NO_METER = StringData.fromString("");

    private final Columns columns;
    private final long sliceMs;
    private final long behindMs;
    private final int most;
    private final OutputTag<RowData> toAllTag;
    private transient OpenWindows onTime;
    private transient OpenWindows late;
    private transient OpenWindows ahead;
    private transient PackedWords packed;
    private transient RowKey meter;
    private transient Words words;
    private transient MeterWords.Batch batch;
    private transient int held;

    /** By partition: the window of what has been heard and not been said, and its arrivals. */
    private transient long[] pulseMs;

    private transient long[] firstMs;
    private transient long[] lastMs;
    private transient List<List<Pulse.Beats>> beats;

    /** By partition: since when its writer has said that it closes, and when it did so last. */
    private transient long[] closedMs;

    private transient long[] closingMs;
    private transient Counter whileClosed;
    private transient long pulseLengthMs;
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
            int removed,
            int capacityW,
            int supply,
            int installedMs,
            int heartbeat,
            int partition,
            int ahead,
            int closing,
            int lostPowerMs)
            implements Serializable {}

    /**
     * @param columns where the input has what
     * @param sliceMs length of a slice
     * @param behindMs how far the watermark is behind the arrival
     * @param toAllTag where goes what everybody is told
     */
    public PackOperator(Columns columns, long sliceMs, long behindMs, OutputTag<RowData> toAllTag) {
        this(columns, sliceMs, behindMs, toAllTag, MOST);
    }

    /**
     * As the other.
     *
     * @param most readings that are held at most
     */
    PackOperator(
            Columns columns, long sliceMs, long behindMs, OutputTag<RowData> toAllTag, int most) {
        this.columns = columns;
        this.sliceMs = sliceMs;
        this.behindMs = behindMs;
        this.toAllTag = toAllTag;
        this.most = most;
    }

    @Override
    public void open() throws Exception {
        super.open();
        onTime = new OpenWindows(sliceMs, 1);
        late = new OpenWindows(sliceMs, 1);
        ahead = new OpenWindows(sliceMs, 1);
        packed = new PackedWords();
        meter = new RowKey();
        words = new Words();
        batch = new MeterWords.Batch();
        pulseLengthMs = Pulse.lengthMs(sliceMs);
        pulseMs = new long[0];
        firstMs = new long[0];
        lastMs = new long[0];
        beats = new ArrayList<>();
        closedMs = new long[0];
        closingMs = new long[0];
        whileClosed = getMetricGroup().counter("onTimeWhileClosed");
        row = PackedRow.empty();
        out = new StreamRecord<>(row);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws IOException {
        RowData reading = element.getValue();
        if (reading.getBoolean(columns.announcement)) {
            // Whoever repeats the registry in the log is not its writer.
            announce(reading);
            return;
        }
        long arrivalMs = reading.getLong(columns.arrivalMs);
        int partition = reading.getInt(columns.partition);
        hear(partition, arrivalMs);
        if (reading.getBoolean(columns.heartbeat)) {
            beat(partition, arrivalMs, reading);
            if (!reading.isNullAt(columns.lostPowerMs) && !reading.getBoolean(columns.ahead)) {
                losePower(reading, arrivalMs);
            }
            return;
        }
        if (reading.getBoolean(columns.ahead)) {
            addSign(reading, arrivalMs, partition);
            return;
        }
        boolean isLate = reading.getBoolean(columns.late);
        long tsMs = reading.getLong(columns.ts);
        if (!isLate && isClosed(partition, arrivalMs) && tsMs > closedMs[partition]) {
            whileClosed.inc();
        }
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
                        (int) (arrivalMs - (isLate ? late.startMs(arrivalMs) : tsMs)));
        added(table, partition);
    }

    /** Adds a reading of a clock that is so far ahead that it says nothing but that it was sent. */
    private void addSign(RowData reading, long arrivalMs, int partition) throws IOException {
        MeterWords table = ahead.words(arrivalMs, 0);
        meter(reading, batch.next());
        table.all()
                .add(
                        reading.getLong(columns.ts),
                        reading.getLong(columns.seq),
                        0,
                        Words.NONE,
                        0,
                        Words.NONE,
                        Words.NONE,
                        Quality.MEASURED,
                        0,
                        (int) (arrivalMs - ahead.startMs(arrivalMs)));
        added(table, partition);
    }

    private void added(MeterWords table, int partition) throws IOException {
        batch.add(table, partition);
        if (++held > most) {
            sendAll();
        }
    }

    /** Hears that a partition has been written. */
    private void hear(int partition, long arrivalMs) throws IOException {
        if (partition >= pulseMs.length) {
            int known = pulseMs.length;
            pulseMs = Arrays.copyOf(pulseMs, partition + 1);
            firstMs = Arrays.copyOf(firstMs, partition + 1);
            lastMs = Arrays.copyOf(lastMs, partition + 1);
            Arrays.fill(pulseMs, known, partition + 1, NONE);
            closedMs = Arrays.copyOf(closedMs, partition + 1);
            closingMs = Arrays.copyOf(closingMs, partition + 1);
            Arrays.fill(closedMs, known, partition + 1, NONE);
            while (beats.size() <= partition) {
                beats.add(new ArrayList<>());
            }
        }
        long startMs = pulseMs[partition];
        if (startMs != NONE && arrivalMs >= startMs && arrivalMs < startMs + pulseLengthMs) {
            firstMs[partition] = Math.min(firstMs[partition], arrivalMs);
            lastMs[partition] = Math.max(lastMs[partition], arrivalMs);
            return;
        }
        sendPulse(partition);
        pulseMs[partition] = arrivalMs - Math.floorMod(arrivalMs, pulseLengthMs);
        firstMs[partition] = arrivalMs;
        lastMs[partition] = arrivalMs;
    }

    /** Hears, after that, whether a heartbeat of its writer says that this one closes. */
    private void beat(int partition, long arrivalMs, RowData heartbeat) {
        if (!heartbeat.isNullAt(columns.closing)) {
            boolean closes = heartbeat.getBoolean(columns.closing);
            Pulse.add(beats.get(partition), closes, arrivalMs);
            boolean wasClosed = isClosed(partition, arrivalMs);
            closedMs[partition] = closes ? wasClosed ? closedMs[partition] : arrivalMs : NONE;
            closingMs[partition] = arrivalMs;
        }
    }

    /**
     * Sends on at once that a meter lost power: a home's, since no commodity is said. Of a time too
     * far ahead it would be of every silence until then.
     */
    private void losePower(RowData event, long arrivalMs) throws IOException {
        DataOutputSerializer bytes = new DataOutputSerializer(Long.BYTES);
        bytes.writeLong(event.getLong(columns.lostPowerMs));
        meter.set(event.getString(columns.meterId), Commodity.ELECTRICITY);
        send(meter, PackedRow.LOST_POWER, late.startMs(arrivalMs), bytes.getCopyOfBuffer());
    }

    /** Readings on time that were made after their partition was closed. */
    Counter whileClosed() {
        return whileClosed;
    }

    private boolean isClosed(int partition, long arrivalMs) {
        return closedMs[partition] != NONE && arrivalMs - closingMs[partition] <= Pulse.QUIET_MS;
    }

    private void sendPulse(int partition) throws IOException {
        long startMs = pulseMs[partition];
        if (startMs != NONE) {
            Pulse pulse =
                    new Pulse(
                            partition, firstMs[partition], lastMs[partition], beats.get(partition));
            PackedRow.fill(row, NO_METER, 0, PackedRow.PULSE, startMs, pulse.toBytes());
            output.collect(toAllTag, out.replace(row, startMs));
            pulseMs[partition] = NONE;
            beats.get(partition).clear();
        }
    }

    /** Sends the pulses of windows whose end has arrived. */
    private void sendPulses(long arrivedMs) throws IOException {
        for (int partition = 0; partition < pulseMs.length; partition++) {
            if (pulseMs[partition] + pulseLengthMs <= arrivedMs) {
                sendPulse(partition);
            }
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
                        !reading.isNullAt(columns.removed) && reading.getBoolean(columns.removed),
                        numberOrZero(reading, columns.capacityW),
                        "off".equals(textOrEmpty(reading, columns.supply)),
                        numberOrZero(reading, columns.installedMs));
        long startMs = late.startMs(reading.getLong(columns.arrivalMs));
        send(meter(reading, meter), PackedRow.ANNOUNCEMENT, startMs, announcement.toBytes());
        if (meter.number() == Commodity.SUPPLY
                && !announcement.removed()
                && !announcement.feeder().isEmpty()) {
            byte[] feeder = announcement.feeder().getBytes(StandardCharsets.UTF_8);
            PackedRow.fill(row, NO_METER, 0, PackedRow.SUPPLIED, startMs, feeder);
            output.collect(toAllTag, out.replace(row, startMs));
        }
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
        sendPulses(arrivedMs);
        send(onTime, PackedRow.ON_TIME, arrivedMs);
        send(late, PackedRow.LATE, arrivedMs);
        send(ahead, PackedRow.AHEAD, arrivedMs);
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
        sendPulses(Long.MAX_VALUE - 1);
        send(onTime, PackedRow.ON_TIME, Long.MAX_VALUE - 1);
        send(late, PackedRow.LATE, Long.MAX_VALUE - 1);
        send(ahead, PackedRow.AHEAD, Long.MAX_VALUE - 1);
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
                        packed.pack(
                                meters.words(number, words),
                                meters.partition(number),
                                kind != PackedRow.ON_TIME));
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
