package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.OutputTag;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds up how groups change, slice by slice: a row for the last slice in which something of a group
 * changed, of those that close together, and one for each minute of an area, in a side output.
 *
 * <p>A slice closes when the watermark has passed it, when all subtasks that keep meters have sent
 * what they add to it; so what goes out is a function of the log alone.
 */
final class GroupOperator extends GroupedOperator
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long MINUTE_MS = 60_000;

    /** In how many ticks all groups are said again: ten minutes. */
    private static final int TICKS_OF_A_ROUND = 120;

    /** Behind the figures of a {@link GroupRow}: the slice in which they changed last, ... */
    private static final int CHANGED_MS = GroupRow.FIGURES;

    /** ... and of the minute that is open: its end, or 0; the slice up to which it is counted; */
    private static final int MINUTE_END_MS = CHANGED_MS + 1;

    private static final int COUNTED_MS = MINUTE_END_MS + 1;

    /** sum of the demand over slices with a meter, and their number; */
    private static final int DEMAND_SUM = COUNTED_MS + 1;

    private static final int SLICES = DEMAND_SUM + 1;

    /** the most meters that drew and that were silent. */
    private static final int METERS = SLICES + 1;

    private static final int SILENT_METERS = METERS + 1;
    private static final int OWN = SILENT_METERS + 1;

    private final long sliceMs;
    private final OutputTag<RowData> minuteTag;

    private transient TreeMap<Long, RowTable[]> changes;
    private transient RowTable[] states;
    private transient BitSet[] changedRows;
    private transient RowKey key;
    private transient long firstMinuteEndMs;
    private transient int ticks;

    /**
     * @param sliceMs length of a slice, which divides a minute
     * @param minuteTag where minutes of areas go
     */
    GroupOperator(long sliceMs, OutputTag<RowData> minuteTag) {
        super("groups 1, slices of " + sliceMs + " ms");
        this.sliceMs = sliceMs;
        this.minuteTag = minuteTag;
    }

    @Override
    protected void create(int groups) {
        changes = new TreeMap<>();
        states = new RowTable[groups];
        Arrays.setAll(states, group -> new RowTable(OWN));
        changedRows = new BitSet[groups];
        Arrays.setAll(changedRows, group -> new BitSet());
        key = new RowKey();
        firstMinuteEndMs = Long.MAX_VALUE;
    }

    @Override
    protected void write(int group, DataOutputView to) throws IOException {
        states[group].write(to);
        to.writeInt(changes.size());
        for (Map.Entry<Long, RowTable[]> slice : changes.entrySet()) {
            to.writeLong(slice.getKey());
            slice.getValue()[group].write(to);
        }
    }

    @Override
    protected void read(int group, DataInputView from) throws IOException {
        states[group].read(from);
        for (int row = 0; row < states[group].size(); row++) {
            long minuteEndMs = states[group].rows[at(states[group], row) + MINUTE_END_MS];
            if (minuteEndMs != 0) {
                firstMinuteEndMs = Math.min(firstMinuteEndMs, minuteEndMs);
            }
        }
        for (int left = from.readInt(); left > 0; left--) {
            changes(from.readLong())[group].read(from);
        }
    }

    private RowTable[] changes(long endMs) {
        return changes.computeIfAbsent(
                endMs,
                end -> {
                    RowTable[] tables = new RowTable[states.length];
                    Arrays.setAll(tables, group -> new RowTable(GroupRow.FIGURES));
                    return tables;
                });
    }

    private static int at(RowTable table, int row) {
        return table.at(row) + RowTable.OWN;
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData change = element.getValue();
        RowTable table = changes(GroupRow.endMs(change))[groupOf(GroupRow.hash(change))];
        int row = table.findOrAdd(key.set(GroupRow.name(change), GroupRow.number(change)));
        int at = at(table, row);
        for (int i = 0; i < GroupRow.FIGURES; i++) {
            table.rows[at + i] += GroupRow.figure(change, i);
        }
    }

    @Override
    protected void closeWindows() {
        while (!changes.isEmpty() && changes.firstKey() - 1 <= watermarkMs) {
            Map.Entry<Long, RowTable[]> slice = changes.pollFirstEntry();
            for (int group = 0; group < states.length; group++) {
                close(group, slice.getValue()[group], slice.getKey());
            }
        }
        sayChanged();
        if (firstMinuteEndMs - 1 <= watermarkMs) {
            closeMinutes();
        }
    }

    /** Says all groups again now and then: Redis may have lost them. */
    @Override
    protected void tick() {
        ticks++;
        if (isRestored || ticks % TICKS_OF_A_ROUND == 0) {
            isRestored = false;
            for (RowTable table : states) {
                for (int row = 0; row < table.size(); row++) {
                    say(table, row);
                }
            }
        }
    }

    /** Says groups that changed, once for all slices that closed now: a reader sees the last. */
    private void sayChanged() {
        for (int group = 0; group < states.length; group++) {
            BitSet rows = changedRows[group];
            for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
                say(states[group], row);
            }
            rows.clear();
        }
    }

    private void close(int group, RowTable changed, long endMs) {
        RowTable table = states[group];
        for (int number = 0; number < changed.size(); number++) {
            int from = at(changed, number);
            if (!isChange(changed.rows, from)) {
                continue;
            }
            int row = table.findOrAdd(key.set(changed, number));
            int at = at(table, row);
            long minuteEndMs = minuteEndOf(endMs);
            if (table.rows[at + MINUTE_END_MS] != minuteEndMs) {
                endMinute(table, row);
                beginMinute(table.rows, at, minuteEndMs);
            }
            count(table.rows, at, endMs - sliceMs);
            for (int i = 0; i < GroupRow.FIGURES; i++) {
                table.rows[at + i] += changed.rows[from + i];
            }
            count(table.rows, at, endMs);
            table.rows[at + CHANGED_MS] = endMs;
            changedRows[group].set(row);
        }
    }

    private static boolean isChange(long[] rows, int from) {
        for (int i = from; i < from + GroupRow.FIGURES; i++) {
            if (rows[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** End of the minute that a slice belongs to by its own end. */
    static long minuteEndOf(long endMs) {
        return endMs - 1 - Math.floorMod(endMs - 1, MINUTE_MS) + MINUTE_MS;
    }

    private void beginMinute(long[] rows, int at, long minuteEndMs) {
        rows[at + MINUTE_END_MS] = minuteEndMs;
        rows[at + COUNTED_MS] = minuteEndMs - MINUTE_MS;
        rows[at + GroupRow.READINGS] = 0;
        Arrays.fill(rows, at + DEMAND_SUM, at + OWN, 0);
        firstMinuteEndMs = Math.min(firstMinuteEndMs, minuteEndMs);
    }

    /** Counts the slices up to one with the figures that there are. */
    private void count(long[] rows, int at, long endMs) {
        long slices = (endMs - rows[at + COUNTED_MS]) / sliceMs;
        long meters = rows[at + GroupRow.REPORTING] + rows[at + GroupRow.HOLDING];
        long silent = rows[at + GroupRow.SILENT];
        rows[at + COUNTED_MS] = Math.max(rows[at + COUNTED_MS], endMs);
        if (slices > 0 && meters + silent > 0) {
            rows[at + DEMAND_SUM] += slices * rows[at + GroupRow.DEMAND];
            rows[at + SLICES] += slices;
            rows[at + METERS] = Math.max(rows[at + METERS], meters);
            rows[at + SILENT_METERS] = Math.max(rows[at + SILENT_METERS], silent);
        }
    }

    private void closeMinutes() {
        firstMinuteEndMs = Long.MAX_VALUE;
        for (RowTable table : states) {
            for (int row = 0; row < table.size(); row++) {
                long minuteEndMs = table.rows[at(table, row) + MINUTE_END_MS];
                if (minuteEndMs - 1 <= watermarkMs) {
                    endMinute(table, row);
                } else {
                    firstMinuteEndMs = Math.min(firstMinuteEndMs, minuteEndMs);
                }
            }
        }
    }

    /** Sends the minute of a group that is open, if one is. */
    private void endMinute(RowTable table, int row) {
        int at = at(table, row);
        long[] rows = table.rows;
        long minuteEndMs = rows[at + MINUTE_END_MS];
        if (minuteEndMs == 0) {
            return;
        }
        count(rows, at, minuteEndMs);
        rows[at + MINUTE_END_MS] = 0;
        RowKey group = new RowKey().set(table, row);
        if (GroupRow.kind(group.number()) != Group.AREA) {
            return;
        }
        GenericRowData minute =
                GenericRowData.of(
                        group.id(),
                        GroupRow.commodity(group.number()),
                        minuteEndMs - MINUTE_MS,
                        rows[at + GroupRow.READINGS],
                        rows[at + METERS],
                        rows[at + SILENT_METERS],
                        rows[at + SLICES] == 0 ? 0L : rows[at + DEMAND_SUM] / rows[at + SLICES]);
        output.collect(minuteTag, new StreamRecord<>(minute, minuteEndMs - 1));
    }

    private void say(RowTable table, int row) {
        RowKey group = new RowKey().set(table, row);
        StringData kind = Group.name(GroupRow.kind(group.number()));
        int at = at(table, row);
        long[] rows = table.rows;
        long changedMs = rows[at + CHANGED_MS];
        GenericRowData slice =
                GenericRowData.of(
                        kind,
                        group.id(),
                        GroupRow.commodity(group.number()),
                        changedMs,
                        rows[at + GroupRow.DEMAND],
                        rows[at + GroupRow.REPORTING],
                        rows[at + GroupRow.HOLDING],
                        rows[at + GroupRow.SILENT],
                        rows[at + GroupRow.ENERGY]);
        output.collect(new StreamRecord<>(slice, changedMs - 1));
    }
}
