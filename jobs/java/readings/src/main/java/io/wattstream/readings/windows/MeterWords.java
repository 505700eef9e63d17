package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;

/**
 * The words of many meters in one window of time, each meter's in the order in which they came.
 *
 * <p>They are appended to one array, each with the place of its meter's word before it, so that
 * what a reading costs is its place there and the line of its meter's row.
 */
public final class MeterWords {
    /** Number of the meter's latest word and one, so that 0 is none; how many it has. */
    private static final int LAST = RowTable.OWN;

    private static final int COUNT = RowTable.OWN + 1;
    private static final int NOTE = RowTable.OWN + 2;
    private static final int PARTITION = RowTable.OWN + 3;
    private static final int OWN = 4;

    /** Meters whose words are asked for at once: see {@link #touch}. */
    static final int AHEAD = 16;

    private final RowTable meters = new RowTable(OWN);
    private final Words all = new Words();
    private final int[] cursors = new int[AHEAD];

    /** How many meters have words; they are numbered from 0. */
    public int size() {
        return meters.size();
    }

    /** How many words there are. */
    public int words() {
        return all.size();
    }

    /** A meter by its number. */
    public RowKey meter(int row, RowKey into) {
        return into.set(meters, row);
    }

    /** Links the word that was just added to the list of all to the one of its meter before it. */
    private void link(int row, int partition, int word) {
        int at = meters.at(row);
        all.setBefore(word, (int) meters.rows[at + LAST] - 1);
        meters.rows[at + LAST] = word + 1L;
        meters.rows[at + COUNT]++;
        meters.rows[at + PARTITION] = Math.max(meters.rows[at + PARTITION], partition);
    }

    /**
     * Words on their way into tables, linked some at a time.
     *
     * <p>The row of a word's meter is not in the processor's caches as a rule. One after the other,
     * each would wait for its own; here all of them are asked for first, and the waits overlap.
     */
    static final class Batch {
        /** More would be waited for at once than the processor has room to remember. */
        private static final int MOST = 32;

        private final MeterWords[] tables = new MeterWords[MOST];
        private final RowKey[] meters = new RowKey[MOST];
        private final int[] partitions = new int[MOST];
        private final int[] words = new int[MOST];
        private final int[] found = new int[MOST];
        private int size;

        /** What was read for nothing else than being read, kept so that it is read. */
        @SuppressWarnings("unused")
        private long touched;

        Batch() {
            Arrays.setAll(meters, number -> new RowKey());
        }

        /** The meter of the word that is added next, to be filled in. */
        RowKey next() {
            return meters[size];
        }

        /**
         * Adds the word that was just added to a table's list, with {@link #flush} at the latest.
         */
        void add(MeterWords table, int partition) {
            tables[size] = table;
            partitions[size] = partition;
            words[size] = table.all.size() - 1;
            if (++size == MOST) {
                flush();
            }
        }

        /** Links all words that are not linked yet. */
        void flush() {
            for (int i = 0; i < size; i++) {
                RowKey meter = meters[i];
                found[i] = tables[i].meters.guess(meter.key, meter.first, meter.second, meter.tail);
            }
            long sum = 0;
            for (int i = 0; i < size; i++) {
                sum += tables[i].meters.touch(found[i]);
            }
            touched = sum;
            for (int i = 0; i < size; i++) {
                tables[i].link(tables[i].row(meters[i]), partitions[i], words[i]);
            }
            size = 0;
        }
    }

    /** The list that words of a {@link Batch} are added to. */
    Words all() {
        return all;
    }

    /** Number of a meter, which is among them from now on: a word of it must follow. */
    int row(RowKey meter) {
        return meters.findOrAdd(meter);
    }

    /** Adds a word of a meter, by its number, that was read from a partition. */
    void add(
            int row,
            int partition,
            long tsMs,
            long seq,
            long register,
            long demand,
            long geohash,
            long energy,
            long centivolts,
            int quality,
            int revision,
            int cameMs) {
        all.add(
                tsMs,
                seq,
                register,
                demand,
                geohash,
                energy,
                centivolts,
                quality,
                revision,
                cameMs);
        link(row, partition, all.size() - 1);
    }

    /** Adds a word of another list. */
    public void add(RowKey meter, Words words, int word) {
        all.add(words, word);
        link(row(meter), 0, all.size() - 1);
    }

    /** The words of a meter, in the order in which they came. */
    public Words words(int row, Words into) {
        int at = meters.at(row);
        int left = (int) meters.rows[at + COUNT];
        into.clear(left);
        for (int word = (int) meters.rows[at + LAST] - 1; word >= 0; word = all.before(word)) {
            into.set(--left, all, word);
        }
        return into;
    }

    /**
     * Reads something of each word of the next {@link #AHEAD} meters. A meter's words lie far from
     * each other: one after the other, each would be waited for; here the waits of many overlap.
     */
    void touch(int row) {
        int meters = Math.min(AHEAD, size() - row);
        for (int i = 0; i < meters; i++) {
            cursors[i] = (int) this.meters.rows[this.meters.at(row + i) + LAST] - 1;
        }
        for (boolean isAny = true; isAny; ) {
            isAny = false;
            for (int i = 0; i < meters; i++) {
                if (cursors[i] >= 0) {
                    cursors[i] = all.before(cursors[i]);
                    isAny = true;
                }
            }
        }
    }

    /** Number of a meter, or -1. */
    public int find(RowKey meter) {
        return meters.find(meter);
    }

    /** The partition that a meter's words were read from; the last one if they are several. */
    public int partition(int row) {
        return (int) meters.rows[meters.at(row) + PARTITION];
    }

    /** What was noted of a meter last, 0 at first. A checkpoint does not keep it. */
    public long note(int row) {
        return meters.rows[meters.at(row) + NOTE];
    }

    public void setNote(int row, long note) {
        meters.rows[meters.at(row) + NOTE] = note;
    }

    /** Forgets all and keeps the room. */
    public void clear() {
        meters.clear();
        all.clear();
    }

    /** Writes all words of all meters. */
    public void write(DataOutputView out) throws IOException {
        meters.write(out);
        Words words = new Words();
        for (int row = 0; row < meters.size(); row++) {
            words(row, words);
            for (int word = 0; word < words.size(); word++) {
                out.writeBoolean(true);
                for (int i = 0; i < Words.WIDTH; i++) {
                    Varints.write(out, words.number(word, i));
                }
            }
            out.writeBoolean(false);
        }
    }

    /** Adds what {@link #write} wrote to an empty table. */
    public void read(DataInputView in) throws IOException {
        meters.read(in);
        long[] numbers = new long[Words.WIDTH];
        for (int row = 0; row < meters.size(); row++) {
            Arrays.fill(meters.rows, meters.at(row) + LAST, meters.at(row) + PARTITION, 0);
            while (in.readBoolean()) {
                for (int i = 0; i < Words.WIDTH; i++) {
                    numbers[i] = Varints.read(in);
                }
                all.addNumbers(numbers);
                link(row, 0, all.size() - 1);
            }
        }
    }
}
