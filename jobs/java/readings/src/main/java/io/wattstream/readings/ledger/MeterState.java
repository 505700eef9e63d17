package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Announcement;
import io.wattstream.readings.windows.RowTable;
import io.wattstream.readings.windows.Words;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

import javax.annotation.Nullable;

/**
 * What is known of one meter, and what a word of it changes. It is read from a row of numbers,
 * changed, and written back, so that a fleet is rows and not objects.
 *
 * <p>Registers, demand and energy are thousandths, times epoch milliseconds. Words come in the
 * order of the slices; what they leave is a function of the log alone.
 */
final class MeterState {
    /** For how many of its cadences a value holds: contracts/live.py, as are the next two. */
    private static final int HOLD_CADENCES = 3;

    private static final long SHORTEST_HOLD_MS = 30_000;
    private static final long UNKNOWN_CADENCE_MS = 1_800_000;

    /** Thousandths: contracts/reading.py. */
    private static final BigInteger MAX_DEMAND = BigInteger.valueOf(1_000_000_000_000L);

    private static final long HOUR_MS = 3_600_000;
    private static final long DAY_MS = 24 * HOUR_MS;

    /** Numbers of a row. */
    static final int OWN = 30 + Life.NUMBERS + Remembered.NUMBERS + Hour.NUMBERS + Energies.NUMBERS;

    /**
     * Where in it is what a scan of all meters asks for, and behind it what one for those that are
     * missed does: beside each other, as a processor's cache has it by the line.
     */
    static final int SHARE_AREA = 27;

    static final int SHARE_DEMAND = 28;
    static final int SHARE_ENERGY = 29;

    /** Where {@link Life} begins. */
    static final int LIFE = 30;

    /** Where {@link Energies} are, which only an hour's end asks for. */
    static final int ENERGIES = OWN - Energies.NUMBERS;

    private static final int KNOWN = 1;
    private static final int LATE = 1 << 1;
    private static final int INTERVAL = 1 << 2;
    private static final int SEEN = 1 << 3;
    private static final int FIRST = 1 << 4;
    private static final int COME = 1 << 5;
    private static final int QUALITY_SHIFT = 8;

    /** Voltages are less than 31 bits. */
    private static final int VOLTS_SHIFT = Integer.SIZE;

    /** A cadence has up to 32 bits. */
    private static final int CAPACITY_SHIFT = Integer.SIZE;

    private static final long CADENCE_MASK = (1L << CAPACITY_SHIFT) - 1;

    /** The latest reading, by time and sequence number; nothing is known before the first. */
    boolean known;

    long lastMs;
    private long lastSeq;

    /** Whether the latest reading is the first one that was heard of the meter. */
    private boolean isFirst;

    long geohash;
    long register;
    long centivolts = Words.NONE;
    int quality;
    boolean late;

    /** What the meter draws while its value holds, or {@link Words#NONE}. */
    long said;

    final Seen seen = new Seen();
    long readings;
    long repeats;
    long revisions;
    long resets;
    long resetMs;

    /**
     * Whether it has come to the days of its feeder, and said nothing there of a time that it had
     * not said before.
     */
    boolean hasCome;

    /** Of the registry; numbers of {@link Names}, 0 without. */
    int feeder;

    int region;
    private long announcedCadenceMs;

    /** What may flow there, 0 without. */
    long capacityW;

    private boolean interval;
    private long registerSize;

    private long cadenceMs;
    private long cadenceBeforeMs;

    private long energyTotal;

    /** The latest known point at or before the beginning of the day of the latest reading. */
    private long baseMs;

    private long baseRegister;
    private long baseTotal;

    /** What intervals of the day of the latest reading say. */
    private long intervalsToday;

    private final Remembered remembered = new Remembered();

    final Life life = new Life();

    private final Hour hour = new Hour();

    /** In the slice: hours that are over with it, the earliest first. */
    final List<Hour.Over> hours = new ArrayList<>();

    /** Where the meter counts among the groups, and with what. */
    final Share share = new Share();

    /** End of the slice in which its latest new reading came. */
    long reportedMs;

    /** Before the slice: time of the latest reading, the largest number without, and energy. */
    private long beforeMs;

    private long beforeTotal;

    /** In the slice: whether a word says what the meter draws, and what that says itself. */
    private boolean isTold;

    private boolean isToldLate;
    private long toldDemand;
    private boolean hasAdvanced;
    private boolean hasReset;

    /** Whether a later number has come with an earlier time. */
    private boolean isSetBack;

    void load(RowTable table, int row, @Nullable Odd odd) {
        long[] from = table.rows;
        int i = table.at(row) + RowTable.OWN;
        int flags = (int) from[i];
        long volts = from[i++] >>> VOLTS_SHIFT;
        known = (flags & KNOWN) != 0;
        late = (flags & LATE) != 0;
        interval = (flags & INTERVAL) != 0;
        seen.any = (flags & SEEN) != 0;
        isFirst = (flags & FIRST) != 0;
        hasCome = (flags & COME) != 0;
        quality = flags >> QUALITY_SHIFT;
        lastMs = from[i++];
        lastSeq = from[i++];
        geohash = from[i++];
        register = from[i++];
        centivolts = volts == 0 ? Words.NONE : volts - 1;
        said = from[i++];
        seen.firstSeq = from[i++];
        seen.lastSeq = from[i++];
        seen.firstMs = from[i++];
        seen.lastMs = from[i++];
        seen.lost = from[i++];
        seen.odd = odd;
        readings = from[i++];
        repeats = from[i++];
        revisions = from[i++];
        resets = from[i++];
        resetMs = from[i++];
        feeder = (int) (from[i] >> Integer.SIZE);
        region = (int) from[i++];
        announcedCadenceMs = from[i] & CADENCE_MASK;
        capacityW = from[i++] >> CAPACITY_SHIFT;
        registerSize = from[i++];
        cadenceMs = from[i++];
        cadenceBeforeMs = from[i++];
        energyTotal = from[i++];
        baseMs = from[i++];
        baseRegister = from[i++];
        baseTotal = from[i++];
        intervalsToday = from[i++];
        reportedMs = from[i++];
        share.loadPlace(from[i++]);
        share.demand = from[i++];
        share.energy = from[i++];
        share.feeder = feeder;
        share.region = region;
        life.load(from, i);
        remembered.load(from, i + Life.NUMBERS);
        hour.load(from, i + Life.NUMBERS + Remembered.NUMBERS);
    }

    void store(RowTable table, int row) {
        long[] to = table.rows;
        int i = table.at(row) + RowTable.OWN;
        to[i++] =
                (centivolts == Words.NONE ? 0 : centivolts + 1) << VOLTS_SHIFT
                        | (known ? KNOWN : 0)
                        | (late ? LATE : 0)
                        | (interval ? INTERVAL : 0)
                        | (seen.any ? SEEN : 0)
                        | (isFirst ? FIRST : 0)
                        | (hasCome ? COME : 0)
                        | quality << QUALITY_SHIFT;
        to[i++] = lastMs;
        to[i++] = lastSeq;
        to[i++] = geohash;
        to[i++] = register;
        to[i++] = said;
        to[i++] = seen.firstSeq;
        to[i++] = seen.lastSeq;
        to[i++] = seen.firstMs;
        to[i++] = seen.lastMs;
        to[i++] = seen.lost;
        to[i++] = readings;
        to[i++] = repeats;
        to[i++] = revisions;
        to[i++] = resets;
        to[i++] = resetMs;
        to[i++] = (long) feeder << Integer.SIZE | region;
        to[i++] = capacityW << CAPACITY_SHIFT | announcedCadenceMs;
        to[i++] = registerSize;
        to[i++] = cadenceMs;
        to[i++] = cadenceBeforeMs;
        to[i++] = energyTotal;
        to[i++] = baseMs;
        to[i++] = baseRegister;
        to[i++] = baseTotal;
        to[i++] = intervalsToday;
        to[i++] = reportedMs;
        to[i++] = share.place();
        to[i++] = share.demand;
        to[i++] = share.energy;
        life.store(to, i, cadenceMs());
        remembered.store(to, i + Life.NUMBERS);
        hour.store(to, i + Life.NUMBERS + Remembered.NUMBERS);
    }

    /**
     * Takes on what the registry says, and says whether that changes what is said of the meter.
     *
     * @param endMs of the slice in which it does
     */
    boolean announce(Announcement announcement, Names names, long endMs) {
        int feederBefore = feeder;
        int regionBefore = region;
        long cadenceBefore = cadenceMs();
        boolean intervalBefore = interval;
        feeder = names.number(announcement.feeder());
        region = names.number(announcement.region());
        announcedCadenceMs = announcement.cadenceMs();
        interval = announcement.interval();
        registerSize = announcement.registerSize();
        capacityW = announcement.capacityW();
        hour.announce(announcement.isOff(), announcement.installedMs(), endMs);
        if (interval != intervalBefore) {
            hour.countOtherwise(baseOfHour());
        }
        return feeder != feederBefore
                || region != regionBefore
                || cadenceMs() != cadenceBefore
                || interval != intervalBefore;
    }

    /** Before the words of a slice. */
    void begin() {
        beforeMs = known ? lastMs : Long.MAX_VALUE;
        beforeTotal = energyTotal;
        isTold = false;
        hasAdvanced = false;
        hasReset = false;
        isSetBack = false;
        life.begin();
        hours.clear();
    }

    /** Hears a word, and says what became of it. */
    int hear(Words words, int word, boolean isLate) {
        long tsMs = words.tsMs(word);
        long seq = words.seq(word);
        int kind = kind(words, word, tsMs, seq);
        if (kind == Words.REPEAT) {
            repeats++;
            return kind;
        }
        long energy = words.energy(word);
        if (kind == Words.NEW) {
            remembered.add(readings, words, word);
            readings++;
            seen.add(tsMs, seq);
        } else {
            revisions++;
        }
        if (!known) {
            known = true;
            isFirst = true;
            baseMs = tsMs;
            baseRegister = words.register(word);
            hour.begin(baseOfHour(), Long.MIN_VALUE, false);
            hour.step(1);
            become(words, word, isLate, kind);
        } else if (tsMs == lastMs && seq == lastSeq) {
            sayOtherwise(words, word, isLate, kind);
        } else if (tsMs > lastMs || (tsMs == lastMs && seq > lastSeq)) {
            advance(words, word, kind == Words.MARKED);
            become(words, word, isLate, kind);
        } else {
            hearBefore(tsMs, seq, words.register(word), kind);
        }
        if (energy != Words.NONE && kind != Words.REVISION && dayOf(tsMs) == dayOf(lastMs)) {
            intervalsToday += energy;
        }
        if (Hour.isSame(tsMs, lastMs)) {
            if (kind == Words.NEW) {
                hour.count();
            }
            if (interval && energy != Words.NONE && kind != Words.REVISION) {
                hour.addInterval(energy);
            }
        }
        return kind;
    }

    private int kind(Words words, int word, long tsMs, long seq) {
        if (words.revision(word) > 0) {
            long revision = Hash.mix(Hash.mix(tsMs, seq), words.revision(word));
            return seen.odd().addRevision(revision) ? Words.MARKED : Words.REPEAT;
        }
        if (!seen.contains(tsMs, seq)) {
            return Words.NEW;
        }
        return remembered.replace(words, word) ? Words.REVISION : Words.REPEAT;
    }

    /** Hears of a reading before the latest one, for the first time or otherwise. */
    private void hearBefore(long tsMs, long seq, long said, int kind) {
        if (kind == Words.NEW) {
            moveBase(tsMs, said);
            isSetBack |= seq > lastSeq;
        }
        if (!interval && Hour.isSame(tsMs, lastMs)) {
            hour.readBefore(said, register, energyTotal);
        }
    }

    /** Becomes the latest reading. */
    private void become(Words words, int word, boolean isLate, int kind) {
        take(words, word, isLate);
        isTold = true;
        isToldLate = isLate;
        toldDemand = kind == Words.MARKED ? Words.NONE : words.demand(word);
    }

    /** Says the latest reading otherwise. */
    private void sayOtherwise(Words words, int word, boolean isLate, int kind) {
        if (!interval && words.register(word) < register) {
            hour.fall();
        }
        energyTotal += words.register(word) - register;
        if (isFirst) {
            baseRegister = words.register(word);
            baseTotal = energyTotal;
            if (!interval) {
                hour.rebase(energyTotal);
            }
        }
        if (kind == Words.MARKED) {
            take(words, word, isLate);
        } else {
            become(words, word, isLate, kind);
        }
    }

    private void take(Words words, int word, boolean isLate) {
        lastMs = words.tsMs(word);
        lastSeq = words.seq(word);
        register = words.register(word);
        geohash = words.geohash(word);
        centivolts = words.centivolts(word);
        quality = words.quality(word);
        late = isLate;
    }

    /** Goes on from the latest reading to a newer one. */
    private void advance(Words words, int word, boolean isMarked) {
        long tsMs = words.tsMs(word);
        long seq = words.seq(word);
        if (!isMarked && seq > lastSeq) {
            long cadence = (tsMs - lastMs) / (seq - lastSeq);
            if (cadence > 0) {
                cadenceBeforeMs = cadenceMs;
                cadenceMs = cadence;
            }
        }
        if (dayOf(tsMs) != dayOf(lastMs)) {
            baseMs = lastMs;
            baseRegister = register;
            baseTotal = energyTotal;
            intervalsToday = 0;
        }
        long numbers = Sequence.step(lastSeq, seq);
        if (!Hour.isSame(tsMs, lastMs)) {
            boolean isShort = Hour.isShort(tsMs - lastMs, numbers);
            endHour(isShort || isAtHour());
            hour.begin(baseOfHour(), lastMs, isShort || Hour.startMs(tsMs) == lastMs);
        }
        hour.step(numbers);
        if (!interval && words.register(word) < register) {
            hour.fall();
        }
        if (!isMarked && words.demand(word) != Words.NONE) {
            hour.draw(words.demand(word), tsMs - lastMs, cadenceMs());
        }
        isFirst = false;
        hasAdvanced = true;
        hasReset = false;
        long step = registerStep(register, words.register(word));
        if (step < 0) {
            hasReset = true;
            resets++;
            resetMs = tsMs;
        }
        energyTotal += Math.max(0, step);
    }

    private void endHour(boolean isRead) {
        Hour.Over over = hour.end(this, isRead);
        if (over != null) {
            hours.add(over);
        }
    }

    /** From where the energy of an hour counts that begins. */
    private long baseOfHour() {
        return interval ? 0 : energyTotal;
    }

    /** What the register gained in all. */
    long energyTotal() {
        return energyTotal;
    }

    /** What the register gained from one reading to the next, also if it rolled over; else < 0. */
    long registerStep(long from, long to) {
        boolean hasRolledOver =
                to < from && registerSize > 0 && 2 * from > registerSize && 2 * to < registerSize;
        return to - from + (hasRolledOver ? registerSize : 0);
    }

    /** Finds a point nearer to the beginning of the day in a reading that comes late. */
    private void moveBase(long tsMs, long register) {
        if (tsMs > baseMs && tsMs <= dayOf(lastMs) && register >= baseRegister) {
            baseTotal += register - baseRegister;
            baseMs = tsMs;
            baseRegister = register;
        }
    }

    /** Of the day of the latest reading, up to it. */
    long energyToday() {
        return interval ? intervalsToday : energyTotal - baseTotal;
    }

    /** Beginning of the UTC day of the interval that ends then. */
    static long dayOf(long endMs) {
        return endMs - 1 - Math.floorMod(endMs - 1, DAY_MS);
    }

    /** After the words of a slice: what the meter draws, which those on time say by their mean. */
    void end(long demandSum, long demands) {
        if (!isTold) {
            return;
        }
        if (!isToldLate && demands > 0) {
            said = demandSum / demands;
        } else if (isToldLate && toldDemand != Words.NONE) {
            said = toldDemand;
        } else if (interval || !hasAdvanced || hasReset || beforeMs >= lastMs) {
            said = Words.NONE;
        } else {
            said = toldByRegister();
        }
    }

    /**
     * After that: the sign of life that the words are, and what the meter draws as a rule.
     *
     * @param partition that they were read from
     */
    void endLife(Figures figures, int partition) {
        life.end(beforeMs, isSetBack, partition);
        life.exports |= figures.isAnyNegative();
        if (isTold && said != Words.NONE) {
            life.draw(said);
        }
    }

    /** After that: its hour is over if the latest reading is of its very end. */
    void endHours() {
        if (known && isAtHour()) {
            endHour(true);
        }
    }

    /** Whether the latest reading is of the very end of its hour. */
    private boolean isAtHour() {
        return Math.floorMod(lastMs, Hour.LENGTH_MS) == 0;
    }

    /** The mean demand since the latest reading before the slice, none if it is absurd. */
    private long toldByRegister() {
        BigInteger mean =
                BigInteger.valueOf(energyTotal - beforeTotal)
                        .multiply(BigInteger.valueOf(HOUR_MS))
                        .divide(BigInteger.valueOf(lastMs - beforeMs));
        return mean.abs().compareTo(MAX_DEMAND) > 0 ? Words.NONE : mean.longValue();
    }

    /** Time between readings, as announced or learned; 0 if neither. */
    long cadenceMs() {
        if (announcedCadenceMs > 0) {
            return announcedCadenceMs;
        }
        return cadenceBeforeMs > 0 ? Math.min(cadenceMs, cadenceBeforeMs) : cadenceMs;
    }

    /** Whether the energy of intervals counts, and the register may say nothing. */
    boolean isInterval() {
        return interval;
    }

    /** Whether readings come so seldom that each is a period of its own. */
    boolean isSlow(long periodMs) {
        return cadenceMs() >= periodMs;
    }

    /** Until when the meter is taken to draw what it said. */
    long holdsUntilMs() {
        long cadence = cadenceMs();
        return lastMs
                + Math.max(
                        HOLD_CADENCES * (cadence > 0 ? cadence : UNKNOWN_CADENCE_MS),
                        SHORTEST_HOLD_MS);
    }
}
