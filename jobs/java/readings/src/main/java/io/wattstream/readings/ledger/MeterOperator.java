package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Announcement;
import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.MeterWords;
import io.wattstream.readings.windows.OpenWindows;
import io.wattstream.readings.windows.PackedRow;
import io.wattstream.readings.windows.PackedWords;
import io.wattstream.readings.windows.Pulse;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;
import io.wattstream.readings.windows.Words;

import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.OutputTag;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import javax.annotation.Nullable;

/**
 * Keeps what is known of every meter, and says what follows from it: live values, minutes and
 * corrections, how groups and what is behind feeders change, and once a minute the largest meters.
 *
 * <p>Time goes slice by slice. A slice closes when the watermark has passed it; then each meter
 * hears, in this order, what was announced of it, its readings of the slice that came on time, by
 * their times, the late ones that arrived in it, those that are signs of life only, and that it
 * lost power. So all that goes out is a function of the log alone, however its partitions are read.
 *
 * <p>A value is said before that, too, once the slice's end has arrived in every partition: it is
 * what there will be if nothing more comes. It is said again only if it has changed.
 *
 * <p>The rows that go out are the same objects each time.
 */
public final class MeterOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    /** Of what the state is made: another number wherever the same is written otherwise. */
    static final String LAYOUT = "meters 11";

    /** How far the arrival may be behind the clock for somebody to be waiting for fresh values. */
    private static final long LIVE_MS = 10_000;

    /** In how many ticks what is known of all meters is said again: ten minutes. */
    private static final int PARTS_OF_A_ROUND = 120;

    /** Meters that are said in a tick after a restore: all at once would hold up what is fresh. */
    private static final int MOST_AT_ONCE = 50_000;

    private static final long MINUTE_MS = 60_000;
    private static final ListStateDescriptor<String> SUPPLIED =
            new ListStateDescriptor<>("supplied feeders", StringSerializer.INSTANCE);

    /** Note of a minute: its meter is slow; of a period: its one minute has not been said. */
    private static final long SLOW = 1;

    private final Rules rules;
    private final OutputTag<RowData> minuteTag;
    private final OutputTag<RowData> periodTag;
    private final OutputTag<RowData> groupTag;
    private final OutputTag<RowData> largestTag;
    private final OutputTag<RowData> feederTag;
    private final OutputTag<RowData> hourTag;
    private final OutputTag<RowData> dayTag;

    /** Feeders of which a supply meter is here or is about to be: all subtasks go on with all. */
    private transient ListState<String> supplied;

    private transient PartitionClocks clocks;
    private transient OpenWindows onTime;
    private transient OpenWindows late;
    private transient OpenWindows ahead;
    private transient OpenWindows corrections;
    private transient Messages announced;
    private transient Messages lostPower;
    private transient OpenFigures minutes;
    private transient OpenFigures periods;
    private transient Meters meters;
    private transient PackedWords packed;
    private transient RowKey key;
    private transient Words words;
    private transient Words lateWords;
    private transient Figures figures;

    /** End of the last slice that has closed. */
    private transient long closedMs;

    /** End of the last slice of which it was said what it would be. */
    private transient long previewedMs;

    /** End of the minute of which the largest are to be said, or the largest number. */
    private transient long minuteEndMs;

    /** What was said last of them, by group and number; null if that is not known. */
    private transient byte[][][] largestSaid;

    private transient LargestScan largest;
    private transient int partOfRound;
    private transient Counter dropped;
    private transient Counter slices;
    private transient Counter onTimeHeard;
    private transient Counter lateHeard;
    private transient GenericRowData live;
    private transient GenericRowData history;
    private transient StreamRecord<RowData> out;

    /**
     * @param rules of time
     * @param minuteTag where minutes and their corrections go
     * @param periodTag where periods and their corrections go
     * @param groupTag where changes of groups go
     * @param largestTag where the largest meters of each group of keys go
     * @param feederTag where what changes behind feeders goes
     * @param hourTag where hours of meters go
     * @param dayTag where what the days of feeders learn goes
     */
    public MeterOperator(
            Rules rules,
            OutputTag<RowData> minuteTag,
            OutputTag<RowData> periodTag,
            OutputTag<RowData> groupTag,
            OutputTag<RowData> largestTag,
            OutputTag<RowData> feederTag,
            OutputTag<RowData> hourTag,
            OutputTag<RowData> dayTag) {
        super(LAYOUT + ", " + rules + ", " + Figure.columns());
        this.rules = rules;
        this.minuteTag = minuteTag;
        this.periodTag = periodTag;
        this.groupTag = groupTag;
        this.largestTag = largestTag;
        this.feederTag = feederTag;
        this.hourTag = hourTag;
        this.dayTag = dayTag;
    }

    @Override
    protected void create(int groups) {
        onTime = new OpenWindows(rules.sliceMs(), groups);
        late = new OpenWindows(rules.sliceMs(), groups);
        ahead = new OpenWindows(rules.sliceMs(), groups);
        corrections = new OpenWindows(rules.correctionWindowMs(), groups);
        announced = new Messages(bytes -> Announcement.of(bytes).removed());
        lostPower = new Messages(bytes -> false);
        minutes = new OpenFigures(MINUTE_MS, groups);
        periods = new OpenFigures(rules.periodMs(), groups);
        clocks = new PartitionClocks();
        meters = new Meters(groups, clocks, onTime, new Said());
        closedMs = Long.MIN_VALUE;
        previewedMs = Long.MIN_VALUE;
        largestSaid = new byte[groups][LargestRow.NUMBERS][];
    }

    @Override
    protected void write(int group, DataOutputView to) throws IOException {
        to.writeLong(closedMs);
        onTime.write(group, to);
        late.write(group, to);
        ahead.write(group, to);
        corrections.write(group, to);
        announced.write(group, to);
        lostPower.write(group, to);
        minutes.write(group, to);
        periods.write(group, to);
        clocks.write(to);
        meters.write(group, to);
    }

    @Override
    protected void read(int group, DataInputView from) throws IOException {
        closedMs = Math.max(closedMs, from.readLong());
        onTime.read(group, from);
        late.read(group, from);
        ahead.read(group, from);
        corrections.read(group, from);
        announced.read(group, from);
        lostPower.read(group, from);
        minutes.read(group, from);
        periods.read(group, from);
        clocks.read(from);
        meters.read(group, from);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        supplied = context.getOperatorStateStore().getUnionListState(SUPPLIED);
        for (String feeder : supplied.get()) {
            meters.supply(feeder);
        }
        supplied.clear();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        supplied.update(List.copyOf(suppliedFeeders()));
    }

    private Set<String> suppliedFeeders() throws IOException {
        Set<String> feeders = new TreeSet<>();
        meters.addSupplied(feeders);
        announced.show(
                (group, meter, bytes) -> {
                    Announcement said = Announcement.of(bytes);
                    boolean isSupply = meter.number() == Commodity.SUPPLY && !said.removed();
                    if (isSupply && !said.feeder().isEmpty()) {
                        feeders.add(said.feeder());
                    }
                });
        return feeders;
    }

    @Override
    public void open() throws Exception {
        super.open();
        packed = new PackedWords();
        key = new RowKey();
        words = new Words();
        lateWords = new Words();
        figures = new Figures();
        largest = new LargestScan();
        minuteEndMs =
                closedMs == Long.MIN_VALUE ? Long.MAX_VALUE : GroupOperator.minuteEndOf(closedMs);
        dropped = getMetricGroup().counter("numLateRecordsDropped");
        slices = getMetricGroup().counter("slices");
        onTimeHeard = getMetricGroup().counter("onTime");
        lateHeard = getMetricGroup().counter("late");
        live = LiveRow.empty();
        history = HistoryRow.empty();
        out = new StreamRecord<>(live);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws IOException {
        RowData row = element.getValue();
        long startMs = PackedRow.startMs(row);
        if (PackedRow.kind(row) == PackedRow.PULSE) {
            clocks.add(startMs, Pulse.of(PackedRow.bytes(row)));
            return;
        }
        if (PackedRow.kind(row) == PackedRow.SUPPLIED) {
            meters.supply(new String(PackedRow.bytes(row), StandardCharsets.UTF_8));
            return;
        }
        if (startMs + rules.sliceMs() - 1 <= watermarkMs) {
            dropped.inc();
            return;
        }
        int group = groupOf(PackedRow.meterHash(row));
        PackedRow.meter(row, key);
        byte[] bytes = PackedRow.bytes(row);
        switch (PackedRow.kind(row)) {
            case PackedRow.ON_TIME ->
                    packed.unpack(bytes, key, false, onTime.words(startMs, group));
            case PackedRow.LATE -> packed.unpack(bytes, key, true, late.words(startMs, group));
            case PackedRow.AHEAD -> packed.unpack(bytes, key, true, ahead.words(startMs, group));
            case PackedRow.LOST_POWER -> lostPower.add(late.endMs(startMs), group, key, bytes);
            default -> announced.add(late.endMs(startMs), group, key, bytes);
        }
    }

    @Override
    protected void closeWindows() throws IOException {
        for (long endMs = nextEndMs(); isClosed(endMs); endMs = nextEndMs()) {
            // Whether a meter is slow is asked of what was known then.
            closeCorrectionsBefore(endMs);
            sayLargestBefore(endMs);
            closeSlice(endMs);
        }
        long nextMs = watermarkMs == Long.MAX_VALUE ? watermarkMs : watermarkMs + 2;
        closeCorrectionsBefore(nextMs);
        sayLargestBefore(nextMs);
        while (isClosed(minutes.firstEndMs())) {
            closeMinute();
        }
        while (isClosed(periods.firstEndMs())) {
            closePeriod();
        }
        preview();
    }

    private boolean isClosed(long endMs) {
        return endMs != Long.MAX_VALUE && endMs - 1 <= watermarkMs;
    }

    private long nextEndMs() {
        long byHearing =
                Math.min(
                        Math.min(onTime.firstEndMs(), late.firstEndMs()),
                        Math.min(
                                ahead.firstEndMs(),
                                Math.min(announced.firstEndMs(), lostPower.firstEndMs())));
        if (clocks.firstPendingMs() != Long.MAX_VALUE) {
            byHearing = Math.min(byHearing, late.endMs(clocks.firstPendingMs()));
        }
        long byItself = meters.nextEndMs();
        if (closedMs != Long.MIN_VALUE) {
            byItself = Math.max(byItself, closedMs + rules.sliceMs());
        }
        return Math.min(byHearing, byItself);
    }

    private void closeSlice(long endMs) throws IOException {
        meters.begin(endMs);
        announced.tell(
                endMs,
                (group, meter, bytes) ->
                        meters.announce(group, meter, Announcement.of(bytes), endMs));
        MeterWords[] onTimeWords = take(onTime, endMs);
        MeterWords[] lateWordsOf = take(late, endMs);
        if (onTimeWords != null) {
            for (int group = 0; group < onTimeWords.length; group++) {
                hearOnTime(
                        group,
                        onTimeWords[group],
                        lateWordsOf == null ? null : lateWordsOf[group],
                        endMs);
                slices.inc(onTimeWords[group].size());
                onTimeHeard.inc(onTimeWords[group].words());
            }
        }
        if (lateWordsOf != null) {
            for (int group = 0; group < lateWordsOf.length; group++) {
                hearLate(group, lateWordsOf[group], endMs);
                lateHeard.inc(lateWordsOf[group].words());
            }
        }
        hearAhead(endMs);
        lostPower.tell(
                endMs,
                (group, meter, bytes) ->
                        meters.losePower(
                                group, meter, new DataInputDeserializer(bytes).readLong(), endMs));
        meters.end(endMs);
        meters.changes.send(
                endMs, change -> output.collect(groupTag, new StreamRecord<>(change, endMs - 1)));
        meters.feeders.send(
                endMs, part -> output.collect(feederTag, new StreamRecord<>(part, endMs - 1)));
        meters.days.send(
                endMs, part -> output.collect(dayTag, new StreamRecord<>(part, endMs - 1)));
        if (onTimeWords != null) {
            onTime.giveBack(onTimeWords);
        }
        if (lateWordsOf != null) {
            late.giveBack(lateWordsOf);
        }
        closedMs = endMs;
        minuteEndMs = GroupOperator.minuteEndOf(endMs);
    }

    /**
     * Says the largest meters as of the end of the minute in which a slice closed last, if that is
     * over before another slice ends. They stay the same until one closes.
     */
    private void sayLargestBefore(long sliceEndMs) throws IOException {
        if (minuteEndMs >= sliceEndMs) {
            return;
        }
        for (int group = 0; group < largestSaid.length; group++) {
            meters.scan(group, largest);
            for (int number = 0; number < LargestRow.NUMBERS; number++) {
                byte[] ten = largest.bytes(number);
                if (!Arrays.equals(ten, largestSaid[group][number])) {
                    largestSaid[group][number] = ten;
                    output.collect(
                            largestTag,
                            new StreamRecord<>(
                                    LargestRow.part(number, globalNumber(group), minuteEndMs, ten),
                                    minuteEndMs - 1));
                }
            }
        }
        minuteEndMs = Long.MAX_VALUE;
    }

    @Nullable
    private static MeterWords[] take(OpenWindows windows, long endMs) {
        return windows.firstEndMs() == endMs ? windows.pollFirst().getValue() : null;
    }

    private void hearOnTime(int group, MeterWords all, @Nullable MeterWords allLate, long endMs) {
        for (int row = 0; row < all.size(); row++) {
            all.meter(row, key);
            all.words(row, words).sort();
            lateWords.clear();
            int partition = all.partition(row);
            int lateRow = allLate == null ? -1 : allLate.find(key);
            if (lateRow >= 0) {
                partition = Math.max(partition, allLate.partition(lateRow));
                allLate.words(lateRow, lateWords);
                allLate.setNote(lateRow, 1);
            }
            byte[] value = meters.hear(group, key, words, lateWords, partition, figures, endMs);
            if (figures.isAny) {
                RowTable table = minutes.tableOf(endMs - rules.sliceMs(), group);
                int minute = OpenFigures.add(table, key, figures.values, 0);
                table.rows[table.at(minute) + RowTable.OWN + OpenFigures.NOTE] =
                        meters.isSlow(rules.periodMs()) ? SLOW : 0;
            }
            keepLate(group, endMs);
            if (value != null && all.note(row) != noteOf(value)) {
                say(endMs, key, meters.area(), value);
            }
        }
    }

    private void hearLate(int group, MeterWords all, long endMs) {
        words.clear();
        for (int row = 0; row < all.size(); row++) {
            if (all.note(row) == 0) {
                all.meter(row, key);
                all.words(row, lateWords);
                byte[] value =
                        meters.hear(
                                group, key, words, lateWords, all.partition(row), figures, endMs);
                keepLate(group, endMs);
                if (value != null) {
                    say(endMs, key, meters.area(), value);
                }
            }
        }
    }

    private void hearAhead(long endMs) {
        MeterWords[] signs = take(ahead, endMs);
        if (signs == null) {
            return;
        }
        for (int group = 0; group < signs.length; group++) {
            MeterWords all = signs[group];
            for (int row = 0; row < all.size(); row++) {
                all.meter(row, key);
                all.words(row, lateWords);
                meters.hearAhead(group, key, lateWords, all.partition(row), endMs);
            }
        }
        ahead.giveBack(signs);
    }

    /** Keeps late words until their correction goes out. */
    private void keepLate(int group, long endMs) {
        long startMs = endMs - rules.sliceMs();
        for (int word = 0; word < lateWords.size(); word++) {
            if (lateWords.kind(word) != Words.REPEAT) {
                long arrivalMs = startMs + lateWords.cameMs(word);
                corrections.words(arrivalMs, group).add(key, lateWords, word);
            }
        }
    }

    private void closeMinute() {
        Map.Entry<Long, RowTable[]> closed = minutes.pollFirst();
        long minuteMs = closed.getKey();
        for (int group = 0; group < closed.getValue().length; group++) {
            RowTable table = closed.getValue()[group];
            RowTable period = periods.tableOf(minuteMs, group);
            for (int row = 0; row < table.size(); row++) {
                key.set(table, row);
                addToPeriod(period, minuteMs, table.rows, table.at(row) + RowTable.OWN);
            }
        }
        minutes.giveBack(closed.getValue());
    }

    /**
     * Says a minute and adds it to its period. That of a slow meter waits: if it remains the only
     * one of the period, the period says the same.
     */
    private void addToPeriod(RowTable period, long minuteMs, long[] minute, int at) {
        int known = period.find(key);
        if (known >= 0) {
            int from = period.at(known) + RowTable.OWN;
            if (period.rows[from + OpenFigures.NOTE] != 0) {
                period.rows[from + OpenFigures.NOTE] = 0;
                long waitingMs = minutes.startMs(period.rows[from + Figures.LAST_AT]);
                sayHistory(minuteTag, waitingMs, 0, period.rows, from);
            }
        }
        boolean waits = known < 0 && minute[at + OpenFigures.NOTE] == SLOW;
        if (!waits) {
            sayHistory(minuteTag, minuteMs, 0, minute, at);
        }
        int row = OpenFigures.add(period, key, minute, at);
        period.rows[period.at(row) + RowTable.OWN + OpenFigures.NOTE] = waits ? SLOW : 0;
    }

    private void closePeriod() {
        Map.Entry<Long, RowTable[]> closed = periods.pollFirst();
        for (RowTable table : closed.getValue()) {
            for (int row = 0; row < table.size(); row++) {
                key.set(table, row);
                int at = table.at(row) + RowTable.OWN;
                sayHistory(periodTag, closed.getKey(), 0, table.rows, at);
            }
        }
        periods.giveBack(closed.getValue());
    }

    /** Says the corrections of windows whose last slice ends before another one. */
    private void closeCorrectionsBefore(long sliceEndMs) {
        while (corrections.firstEndMs() != Long.MAX_VALUE
                && late.endMs(corrections.firstEndMs() - 1) < sliceEndMs) {
            closeCorrections();
        }
    }

    private void closeCorrections() {
        Map.Entry<Long, MeterWords[]> closed = corrections.pollFirst();
        long correctedAtMs = closed.getKey();
        for (int group = 0; group < closed.getValue().length; group++) {
            MeterWords all = closed.getValue()[group];
            for (int row = 0; row < all.size(); row++) {
                all.meter(row, key);
                all.words(row, words).sort();
                for (int from = 0; from < words.size(); ) {
                    int to = end(from, periods);
                    sayCorrection(group, from, to, correctedAtMs);
                    from = to;
                }
            }
        }
        corrections.giveBack(closed.getValue());
    }

    /** Says what came late of a period, and of its minutes unless that is the same. */
    private void sayCorrection(int group, int from, int to, long correctedAtMs) {
        boolean isOneMinute = end(from, minutes) == to;
        if (!isOneMinute || !meters.isSlow(group, key, rules.periodMs())) {
            for (int first = from; first < to; ) {
                int next = end(first, minutes);
                figures.of(words, first, next);
                long minuteMs = minutes.startMs(words.tsMs(first));
                sayHistory(minuteTag, minuteMs, correctedAtMs, figures.values, 0);
                first = next;
            }
        }
        figures.of(words, from, to);
        long periodMs = periods.startMs(words.tsMs(from));
        sayHistory(periodTag, periodMs, correctedAtMs, figures.values, 0);
    }

    /** Number after the last word that is in the same window as one. */
    private int end(int from, OpenFigures windows) {
        long startMs = windows.startMs(words.tsMs(from));
        int to = from;
        while (to < words.size() && windows.startMs(words.tsMs(to)) == startMs) {
            to++;
        }
        return to;
    }

    private void sayHistory(
            OutputTag<RowData> tag, long startMs, long correctedAtMs, long[] values, int at) {
        HistoryRow.fill(history, key, startMs, correctedAtMs, values, at);
        output.collect(tag, out.replace(history, startMs));
    }

    private final class Said implements Meters.Out {
        @Override
        public void say(long endMs, RowKey meter, int area, @Nullable byte[] value) {
            MeterOperator.this.say(endMs, meter, area, value);
        }

        @Override
        public void say(long endMs, RowData hour) {
            output.collect(hourTag, new StreamRecord<>(hour, endMs - 1));
        }
    }

    private void say(long endMs, RowKey meter, int area, @Nullable byte[] value) {
        LiveRow.fill(live, endMs, meter, area, value);
        output.collect(out.replace(live, endMs - 1));
    }

    /** Says again what is known: Redis may have lost it. */
    @Override
    protected void tick() {
        if (closedMs == Long.MIN_VALUE) {
            return;
        }
        if (isRestored) {
            isRestored = false;
            meters.beginSayingAll();
        }
        if (meters.sayMore(MOST_AT_ONCE, closedMs)) {
            return;
        }
        partOfRound = (partOfRound + 1) % PARTS_OF_A_ROUND;
        meters.sayAgain(partOfRound, PARTS_OF_A_ROUND, closedMs);
    }

    /** Says what the slices would be whose end has arrived everywhere, if somebody waits for it. */
    private void preview() throws IOException {
        long arrivedMs =
                watermarkMs == Long.MAX_VALUE ? watermarkMs : watermarkMs + rules.behindMs();
        if (System.currentTimeMillis() - arrivedMs > LIVE_MS || isToBeRemoved()) {
            return;
        }
        for (Map.Entry<Long, MeterWords[]> slice : onTime.open().entrySet()) {
            long endMs = slice.getKey() + rules.sliceMs();
            if (endMs > arrivedMs) {
                break;
            }
            if (endMs > previewedMs) {
                previewedMs = endMs;
                preview(slice.getValue(), endMs);
            }
        }
    }

    /** Whether any meter is: what it would say before that is not to be said. */
    private boolean isToBeRemoved() throws IOException {
        return announced.isAny();
    }

    private void preview(MeterWords[] all, long endMs) {
        for (int group = 0; group < all.length; group++) {
            for (int row = 0; row < all[group].size(); row++) {
                all[group].meter(row, key);
                if (!meters.beginPreview(group, key) || !hearOpen(group, endMs)) {
                    continue;
                }
                byte[] value = meters.endPreview(key, endMs);
                if (value != null) {
                    all[group].setNote(row, noteOf(value));
                    say(endMs, key, meters.area(), value);
                }
            }
        }
    }

    /** Lets a meter hear its words of all slices up to one; false if they are but repeats. */
    private boolean hearOpen(int group, long endMs) {
        boolean isKept = false;
        for (Map.Entry<Long, MeterWords[]> slice : onTime.open().entrySet()) {
            if (slice.getKey() >= endMs) {
                break;
            }
            MeterWords all = slice.getValue()[group];
            int row = all.find(key);
            if (row >= 0) {
                all.words(row, words).sort();
                isKept = meters.preview(words, figures, endMs);
            }
        }
        return isKept;
    }

    /** By what a value that was said is known again; never 0. */
    private static long noteOf(byte[] value) {
        long hash = value.length;
        for (byte each : value) {
            hash = Hash.mix(hash, each);
        }
        return hash == 0 ? 1 : hash;
    }

    /** Readings that came for slices that had closed. */
    Counter dropped() {
        return dropped;
    }
}
