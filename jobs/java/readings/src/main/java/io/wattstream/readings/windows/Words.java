package io.wattstream.readings.windows;

import java.util.Arrays;
import java.util.Comparator;

/**
 * What messages say of one meter's readings: a word each, since a later one may say the same
 * reading again, or otherwise.
 *
 * <p>Registers, demand and energy are thousandths, times epoch milliseconds. The words are a chain
 * through an array that many meters may share.
 */
public final class Words {
    /** What a reading says nothing of. */
    public static final long NONE = Long.MIN_VALUE;

    /** What became of a word: it is the first of its reading, ... */
    public static final int NEW = 0;

    /** ... says the same as the word before it, ... */
    public static final int REPEAT = 1;

    /** ... says something else, ... */
    public static final int REVISION = 2;

    /** ... or is a revision by its number, whose energy is a difference. */
    public static final int MARKED = 3;

    static final int WIDTH = 8;
    private static final int TS = 0;
    private static final int SEQ = 1;
    private static final int REGISTER = 2;
    private static final int DEMAND = 3;
    private static final int GEOHASH = 4;
    private static final int ENERGY = 5;

    /**
     * Revision (31 bits), hundredths of a volt and one (27), what became of it (2), quality (3).
     */
    private static final int MISC = 6;

    /** When it came (32 bits), and the number of the word before. */
    private static final int LINK = 7;

    private static final int KIND_SHIFT = 3;
    private static final int VOLTS_SHIFT = 5;
    private static final int REVISION_SHIFT = 32;
    private static final int QUALITY_MASK = (1 << KIND_SHIFT) - 1;
    private static final int KIND_MASK = (1 << (VOLTS_SHIFT - KIND_SHIFT)) - 1;
    private static final long VOLTS_MASK = (1 << (REVISION_SHIFT - VOLTS_SHIFT)) - 1;
    private static final long BEFORE_MASK = 0xFFFF_FFFFL;
    private static final int FEWEST = 4;

    /** A list of more grows by a quarter: room that stays empty is most of a large one's cost. */
    private static final int MANY = 256;

    /** So many are sorted without anything besides. */
    private static final int FEW = 32;

    private static final long[] NO_VALUES = {};

    private long[] values = NO_VALUES;
    private int size;

    /** Forgets all words. */
    public void clear() {
        size = 0;
    }

    /** Forgets all words and makes room for some, each of which must be {@link #set}. */
    void clear(int words) {
        if (words * WIDTH > values.length) {
            values = new long[Integer.highestOneBit(words) * 2 * WIDTH];
        }
        size = words;
    }

    /** Puts the word of another list in a place. */
    void set(int word, Words other, int from) {
        System.arraycopy(other.values, from * WIDTH, values, word * WIDTH, WIDTH);
    }

    /** How many there are; they are numbered from 0. */
    public int size() {
        return size;
    }

    /** Adds a word, of the kind {@link #NEW}. */
    public void add(
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
        int at = room();
        values[at + TS] = tsMs;
        values[at + SEQ] = seq;
        values[at + REGISTER] = register;
        values[at + DEMAND] = demand;
        values[at + GEOHASH] = geohash;
        values[at + ENERGY] = energy;
        values[at + MISC] =
                (long) revision << REVISION_SHIFT
                        | (centivolts == NONE ? 0 : centivolts + 1) << VOLTS_SHIFT
                        | quality;
        values[at + LINK] = (long) cameMs << REVISION_SHIFT;
        size++;
    }

    /** Adds the word of another list. */
    public void add(Words other, int word) {
        int at = room();
        System.arraycopy(other.values, word * WIDTH, values, at, WIDTH);
        size++;
    }

    private int room() {
        int at = size * WIDTH;
        if (at == values.length) {
            int more = Math.max(size < MANY ? size : size / 4, FEWEST);
            values = Arrays.copyOf(values, (size + more) * WIDTH);
        }
        return at;
    }

    /** Puts them in the order of their times, then sequence numbers, then as they are. */
    public void sort() {
        if (size > FEW && !isSorted()) {
            sortMany();
            return;
        }
        for (int i = 1; i < size; i++) {
            int to = i;
            while (to > 0 && isBefore(i, to - 1)) {
                to--;
            }
            if (to < i) {
                long[] moved = Arrays.copyOfRange(values, i * WIDTH, (i + 1) * WIDTH);
                System.arraycopy(values, to * WIDTH, values, (to + 1) * WIDTH, (i - to) * WIDTH);
                System.arraycopy(moved, 0, values, to * WIDTH, WIDTH);
            }
        }
    }

    private boolean isSorted() {
        for (int i = 1; i < size; i++) {
            if (isBefore(i, i - 1)) {
                return false;
            }
        }
        return true;
    }

    /** A backlog may bring a meter's days at once, the newest first. */
    private void sortMany() {
        Integer[] order = new Integer[size];
        Arrays.setAll(order, word -> word);
        Arrays.sort(
                order, Comparator.<Integer>comparingLong(this::tsMs).thenComparingLong(this::seq));
        long[] sorted = new long[values.length];
        for (int i = 0; i < size; i++) {
            System.arraycopy(values, order[i] * WIDTH, sorted, i * WIDTH, WIDTH);
        }
        values = sorted;
    }

    private boolean isBefore(int one, int other) {
        long first = values[one * WIDTH + TS];
        long second = values[other * WIDTH + TS];
        return first < second
                || (first == second && values[one * WIDTH + SEQ] < values[other * WIDTH + SEQ]);
    }

    /** Whether two words are of one reading. */
    public boolean isSameReading(int one, int other) {
        return tsMs(one) == tsMs(other) && seq(one) == seq(other);
    }

    public long tsMs(int word) {
        return values[word * WIDTH + TS];
    }

    public long seq(int word) {
        return values[word * WIDTH + SEQ];
    }

    public long register(int word) {
        return values[word * WIDTH + REGISTER];
    }

    /** Or {@link #NONE}. */
    public long demand(int word) {
        return values[word * WIDTH + DEMAND];
    }

    /** As {@link Geohash} packs it. */
    public long geohash(int word) {
        return values[word * WIDTH + GEOHASH];
    }

    /** Or {@link #NONE}. */
    public long energy(int word) {
        return values[word * WIDTH + ENERGY];
    }

    /** Or {@link #NONE}. */
    public long centivolts(int word) {
        long volts = values[word * WIDTH + MISC] >> VOLTS_SHIFT & VOLTS_MASK;
        return volts == 0 ? NONE : volts - 1;
    }

    /** By its number. */
    public int quality(int word) {
        return (int) values[word * WIDTH + MISC] & QUALITY_MASK;
    }

    public int revision(int word) {
        return (int) (values[word * WIDTH + MISC] >> REVISION_SHIFT);
    }

    /**
     * When a word came, in milliseconds: of one that is late how long after the start of its window
     * of arrival; of one on time how long after its own time, or a word that was packed with it.
     */
    public int cameMs(int word) {
        return (int) (values[word * WIDTH + LINK] >> REVISION_SHIFT);
    }

    /** What became of the word. */
    public int kind(int word) {
        return (int) values[word * WIDTH + MISC] >> KIND_SHIFT & KIND_MASK;
    }

    /** Says what became of the word. */
    public void setKind(int word, int kind) {
        int at = word * WIDTH + MISC;
        values[at] = (values[at] & ~((long) KIND_MASK << KIND_SHIFT)) | ((long) kind << KIND_SHIFT);
    }

    /** Number of the word before this one in its chain, or -1. */
    int before(int word) {
        return (int) (values[word * WIDTH + LINK] & BEFORE_MASK) - 1;
    }

    void setBefore(int word, int before) {
        int at = word * WIDTH + LINK;
        values[at] = (values[at] & ~BEFORE_MASK) | (before + 1);
    }

    /** Copies a word into an array of numbers for the checkpoint. */
    long number(int word, int i) {
        return i == LINK ? (long) cameMs(word) << REVISION_SHIFT : values[word * WIDTH + i];
    }

    /** Adds a word of the numbers that {@link #number} gave. */
    void addNumbers(long[] numbers) {
        int at = room();
        System.arraycopy(numbers, 0, values, at, WIDTH);
        size++;
    }
}
