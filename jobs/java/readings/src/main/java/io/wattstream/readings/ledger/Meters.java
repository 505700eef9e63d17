package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Announcement;
import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.OpenWindows;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;
import io.wattstream.readings.windows.Words;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import javax.annotation.Nullable;

/**
 * The meters of one subtask, and where each counts: what they hear slice by slice changes what is
 * known of them, what is said of them, and the groups that they belong to.
 */
final class Meters {
    private static final long DAY_MS = 86_400_000;

    /** How the id of a register of what is fed in ends: contracts/meters.py. */
    private static final String EXPORT_SUFFIX = ":export";

    private final Ledger[] ledgers;

    /** Meters that reported in the last slice, and in the one that is being closed. */
    private Rows[] reported;

    private Rows[] reporting;

    /** Meters of which other things are known by the registry in the slice. */
    private final Rows[] announced;

    /** Meters that the registry has said anything of in the slice, or that are elsewhere. */
    private final Rows[] joining;

    private final PartitionClocks clocks;
    private final OpenWindows slices;
    private final Out out;
    private final Names names = new Names();
    private final LiveRow json = new LiveRow();
    private final MeterState state = new MeterState();
    private final RowKey key = new RowKey();
    private final Words nothing = new Words();

    /** What of the groups changes at the slice that is being closed. */
    final GroupChanges changes = new GroupChanges(names);

    /** What behind feeders changes at it. */
    final FeederChanges feeders = new FeederChanges(names);

    /** What the days of feeders learn at it. */
    final DayChanges days = new DayChanges(names);

    private final Returned.Before before = new Returned.Before();

    /** How many supply meters are among the meters, by the numbers of their feeders. */
    private final Map<Integer, Integer> supplies = new HashMap<>();

    /** When meters may stand somewhere else by their age. */
    private final Dues dues;

    /** No value stops to hold before. */
    private long holdsUntilMs = Long.MAX_VALUE;

    /** Beginning of the day that energy is counted of; whether any is. */
    private long dayMs = Long.MIN_VALUE;

    private boolean isEnergyCounted;

    /** Whose turn it is to be said again after a restore; beyond the last group, nobody's. */
    private int groupToSay = Integer.MAX_VALUE;

    private int rowToSay;

    /** Takes what is said of a meter. */
    interface Out {
        /**
         * Takes what is said of one in a slice.
         *
         * @param value JSON, or null where the meter is no longer in the area
         */
        void say(long sliceEndMs, RowKey meter, int area, @Nullable byte[] value);

        /** Takes an hour that is over, a {@link HourRow}. */
        void say(long sliceEndMs, RowData hour);
    }

    /** Numbers of rows. */
    private static final class Rows {
        private int[] rows = new int[8];
        private int size;

        void add(int row) {
            if (size == rows.length) {
                rows = Arrays.copyOf(rows, 2 * size);
            }
            rows[size++] = row;
        }
    }

    Meters(int groups, PartitionClocks clocks, OpenWindows slices, Out out) {
        this.clocks = clocks;
        this.slices = slices;
        this.out = out;
        ledgers = new Ledger[groups];
        Arrays.setAll(ledgers, group -> new Ledger());
        reported = rows(groups);
        reporting = rows(groups);
        announced = rows(groups);
        joining = rows(groups);
        dues = new Dues(groups);
    }

    private static Rows[] rows(int groups) {
        Rows[] rows = new Rows[groups];
        Arrays.setAll(rows, group -> new Rows());
        return rows;
    }

    /** End of the next slice at which something changes though nothing is heard. */
    long nextEndMs() {
        long nextMs = holdsUntilMs == Long.MAX_VALUE ? holdsUntilMs : slices.endMs(holdsUntilMs);
        if (isEnergyCounted) {
            nextMs = Math.min(nextMs, slices.endMs(dayMs + DAY_MS));
        }
        if (dues.earliestMs() != Long.MAX_VALUE) {
            nextMs = Math.min(nextMs, slices.endMs(dues.earliestMs() - 1));
        }
        for (int group = 0; group < ledgers.length; group++) {
            if (reported[group].size > 0) {
                ledgers[group].load(reported[group].rows[0], state);
                nextMs = Math.min(nextMs, slices.endMs(state.reportedMs));
            }
        }
        return nextMs;
    }

    /** Before a slice: the clocks that meters age by go on, and a new day begins with no energy. */
    void begin(long endMs) {
        if (clocks.hearBefore(endMs)) {
            dues.awaitAll(endMs);
        }
        long day = MeterState.dayOf(endMs);
        if (day == dayMs) {
            return;
        }
        dayMs = day;
        if (!isEnergyCounted) {
            return;
        }
        isEnergyCounted = false;
        forEach(
                (group, row) -> {
                    if (state.share.energy != 0) {
                        share(group, row, endMs, state.share.state, 0);
                        ledgers[group].store(row, state);
                    }
                });
    }

    /** A meter hears what the registry says of it. */
    void announce(int group, RowKey meter, Announcement announcement, long endMs) {
        Ledger ledger = ledgers[group];
        if (announcement.removed() && ledger.find(meter) < 0) {
            return;
        }
        int row = ledger.findOrAdd(meter);
        ledger.load(row, state);
        if (announcement.removed()) {
            if (state.known) {
                out.say(endMs, meter, Geohash.area(state.geohash), null);
            }
            share(group, row, endMs, Share.NOWHERE, 0);
            count(group, row, meter, 0, endMs);
            supply(meter, -1);
            days.move(meter, state, DayChanges.feederOf(meter, state), 0);
            ledger.clear(row);
            return;
        }
        supply(meter, -1);
        int daysOf = DayChanges.feederOf(meter, state);
        boolean isChanged = state.announce(announcement, names, endMs);
        days.move(meter, state, daysOf, DayChanges.feederOf(meter, state));
        supply(meter, 1);
        if (state.known) {
            share(group, row, endMs, stateNow(endMs), 0);
            if (isChanged) {
                announced[group].add(row);
            }
        }
        joining[group].add(row);
        ledger.store(row, state);
    }

    /** A feeder has a supply meter, or had one: its days are asked for. */
    void supply(String feeder) {
        days.supply(names.number(feeder));
    }

    /** Adds the names of the feeders whose supply meters are among the meters. */
    void addSupplied(Set<String> feeders) {
        supplies.keySet().forEach(feeder -> feeders.add(names.name(feeder)));
    }

    private boolean isSupply(RowKey meter) {
        return meter.number() == Commodity.SUPPLY && state.feeder > 0;
    }

    /** Lets the meter that is loaded, if it supplies a feeder, and what may flow there, count. */
    private void supply(RowKey meter, int sign) {
        if (!isSupply(meter)) {
            return;
        }
        addSupply(sign);
        if (state.capacityW > 0) {
            feeders.of(state.feeder).load.figures[Load.CAPACITY_W] += sign * state.capacityW;
        }
    }

    private void addSupply(int sign) {
        supplies.merge(
                state.feeder,
                sign,
                (one, other) -> one + other == 0 ? null : (Integer) (one + other));
    }

    /** Whether a meter counts among those behind its feeder. */
    private static boolean isHome(RowKey meter) {
        return meter.number() == Commodity.ELECTRICITY
                && !meter.id().toString().endsWith(EXPORT_SUFFIX);
    }

    /**
     * A meter hears its words of a slice; what became of each is noted in it.
     *
     * @param onTime sorted
     * @param late in the order in which they came
     * @param partition that they were read from
     * @param figures takes the figures of those on time
     * @return the JSON that is to be said, or null if there were nothing but repeats
     */
    @Nullable
    byte[] hear(
            int group,
            RowKey meter,
            Words onTime,
            Words late,
            int partition,
            Figures figures,
            long endMs) {
        Ledger ledger = ledgers[group];
        int row = ledger.findOrAdd(meter);
        ledger.load(row, state);
        boolean wasKnown = state.known;
        long newBefore = state.readings;
        boolean wasAway = isAway(state.life.level) && state.life.feeder != 0;
        if (wasAway) {
            before.set(state);
        }
        days.begin(state);
        boolean isKept = hear(onTime, late, partition, figures, endMs);
        days.hear(meter, state, onTime, late);
        if (isSupply(meter)) {
            readSupply(feeders.of(state.feeder).load, onTime);
            readSupply(feeders.of(state.feeder).load, late);
        }
        if (!state.hours.isEmpty() && isHome(meter)) {
            sayHours(ledger.rows().rows, ledger.energiesAt(row), meter, endMs);
        }
        if (isElsewhere() && isHome(meter)) {
            joining[group].add(row);
        }
        if (state.life.feeder != 0) {
            FeederPart part = count(group, row, meter, state.life.feeder, endMs);
            if (wasAway && before.isHeard() && !isAway(state.life.level)) {
                part.comeBack(Returned.of(meter.id().toString(), before, state, onTime, late));
            }
        }
        byte[] value = null;
        if (isKept) {
            int area = Geohash.area(state.geohash);
            if (wasKnown && state.share.state != Share.NOWHERE && state.share.area != area) {
                out.say(endMs, meter, (int) state.share.area, null);
            }
            int news = (int) (state.readings - newBefore);
            if (news > 0) {
                state.reportedMs = endMs;
                reporting[group].add(row);
            }
            share(group, row, endMs, news > 0 ? Share.REPORTING : holdOrSilent(endMs), news);
            value = json.value(endMs, state, meter.number(), names);
        }
        ledger.store(row, state);
        return value;
    }

    /** Says the hours of the meter that is loaded which are over. */
    private void sayHours(long[] rows, int at, RowKey meter, long endMs) {
        for (Hour.Over hour : state.hours) {
            Energies.add(rows, at, hour);
            long zeros = Energies.zerosRunning(rows, at);
            long idle = BaseLoad.count(rows, at, Words.NONE);
            byte[] energies = Energies.bytes(rows, at);
            out.say(endMs, HourRow.of(meter, hour, zeros, idle, energies));
        }
    }

    /**
     * Lets a feeder know what the meter that is loaded, its supply meter, read in the slice. What a
     * later word says otherwise is no flow: its demand may be that of a difference.
     */
    private void readSupply(Load load, Words words) {
        for (int word = 0; word < words.size(); word++) {
            if (words.kind(word) == Words.NEW && words.demand(word) != Words.NONE) {
                load.supplied.add(
                        new Supply.Reading(
                                state.life.platformMs(words.tsMs(word)),
                                words.demand(word),
                                state.cadenceMs()));
            }
        }
    }

    /**
     * A meter hears readings of a slice whose clock is too far ahead for more than a sign of life.
     *
     * @param signs in the order in which they came
     * @param partition that they were read from
     */
    void hearAhead(int group, RowKey meter, Words signs, int partition, long endMs) {
        Ledger ledger = ledgers[group];
        int row = ledger.find(meter);
        if (row < 0) {
            // What is rejected, with an id that is mistyped perhaps, is not kept for ever.
            return;
        }
        ledger.load(row, state);
        if (!state.known && state.feeder == 0) {
            return;
        }
        boolean wasAway = isAway(state.life.level) && state.life.feeder != 0;
        before.set(state);
        long cadenceMs = state.cadenceMs();
        boolean isSign = false;
        long firstMs = Long.MAX_VALUE;
        for (int word = 0; word < signs.size(); word++) {
            long tsMs = signs.tsMs(word);
            long arrivalMs = slices.startMs(endMs - 1) + signs.cameMs(word);
            if (state.life.hearAhead(tsMs, signs.seq(word), arrivalMs, cadenceMs, partition)) {
                isSign = true;
                firstMs = before.isBefore(arrivalMs) ? Math.min(firstMs, arrivalMs) : firstMs;
            }
        }
        if (!isSign) {
            return;
        }
        if (state.life.feeder != 0) {
            FeederPart part = count(group, row, meter, state.life.feeder, endMs);
            if (wasAway && before.isHeard() && !isAway(state.life.level)) {
                part.comeBack(Returned.untold(meter.id().toString(), before, state, firstMs));
            }
        }
        ledger.store(row, state);
    }

    /**
     * A meter hears, after its words of a slice, that it lost power. That is no sign of life: it is
     * about to be silent, or is.
     *
     * @param tsMs when, by its clock
     */
    void losePower(int group, RowKey meter, long tsMs, long endMs) {
        Ledger ledger = ledgers[group];
        int row = ledger.find(meter);
        if (row < 0) {
            return;
        }
        ledger.load(row, state);
        if (state.life.losePower(tsMs)) {
            count(group, row, meter, state.life.feeder, endMs);
            ledger.store(row, state);
        }
    }

    /** Whether a meter that stands there has missed two readings. */
    private static boolean isAway(int level) {
        return level == Life.GONE || level >= Life.MISSED_TWICE;
    }

    private boolean hear(Words onTime, Words late, int partition, Figures figures, long endMs) {
        state.begin();
        boolean isKept = false;
        for (int word = 0; word < onTime.size(); word++) {
            int kind = state.hear(onTime, word, false);
            onTime.setKind(word, kind);
            isKept |= kind != Words.REPEAT;
        }
        figures.of(onTime, 0, onTime.size());
        for (int word = 0; word < late.size(); word++) {
            int kind = state.hear(late, word, true);
            late.setKind(word, kind);
            isKept |= kind != Words.REPEAT;
        }
        state.end(figures.demandSum(), figures.demands());
        hearLife(onTime, late, endMs);
        state.endLife(figures, partition);
        state.endHours();
        return isKept;
    }

    private void hearLife(Words onTime, Words late, long endMs) {
        long cadenceMs = state.cadenceMs();
        for (int word = 0; word < onTime.size(); word++) {
            state.life.hear(onTime.tsMs(word), onTime.seq(word), onTime.cameMs(word), cadenceMs);
        }
        long startMs = slices.startMs(endMs - 1);
        for (int word = 0; word < late.size(); word++) {
            long tsMs = late.tsMs(word);
            long lagMs = startMs + late.cameMs(word) - tsMs;
            state.life.hear(tsMs, late.seq(word), lagMs, cadenceMs);
        }
    }

    /** Begins to tell what a meter would say if no more came; false if it is not known. */
    boolean beginPreview(int group, RowKey meter) {
        int row = ledgers[group].find(meter);
        if (row >= 0) {
            ledgers[group].loadCopy(row, state);
        }
        return row >= 0;
    }

    /** The meter hears its words of an open slice, which nobody else will know of. */
    boolean preview(Words onTime, Figures figures, long endMs) {
        return hear(onTime, nothing, 0, figures, endMs);
    }

    /** What the meter would say, or null if it is somewhere else now: that is told in its turn. */
    @Nullable
    byte[] endPreview(RowKey meter, long endMs) {
        boolean isThere = state.share.area == Geohash.area(state.geohash);
        return isThere ? json.value(endMs, state, meter.number(), names) : null;
    }

    /** Whether the readings of the meter whose words have just been heard come so seldom. */
    boolean isSlow(long periodMs) {
        return state.isSlow(periodMs);
    }

    /** Whether those of any meter do, as far as is known. */
    boolean isSlow(int group, RowKey meter, long periodMs) {
        int row = ledgers[group].find(meter);
        if (row < 0) {
            return false;
        }
        ledgers[group].load(row, state);
        return state.isSlow(periodMs);
    }

    /** Where the meter whose words have just been heard is. */
    int area() {
        return Geohash.area(state.geohash);
    }

    /** After the words of a slice: whose turn it is to hold, and whose value holds no longer. */
    void end(long endMs) {
        for (int group = 0; group < ledgers.length; group++) {
            Rows rows = reported[group];
            for (int i = 0; i < rows.size; i++) {
                int row = rows.rows[i];
                ledgers[group].load(row, state);
                if (state.share.state == Share.REPORTING && state.reportedMs != endMs) {
                    share(group, row, endMs, holdOrSilent(endMs), 0);
                    ledgers[group].store(row, state);
                }
            }
            rows.size = 0;
        }
        sayAnnounced(endMs);
        Rows[] spare = reported;
        reported = reporting;
        reporting = spare;
        if (holdsUntilMs < endMs) {
            silence(endMs);
        }
        join(endMs);
        if (dues.earliestMs() <= endMs) {
            age(endMs);
        }
    }

    /** Lets meters count where they are: by what was announced, and by what they said. */
    private void join(long endMs) {
        for (int group = 0; group < ledgers.length; group++) {
            Rows rows = joining[group];
            for (int i = 0; i < rows.size; i++) {
                ledgers[group].load(rows.rows[i], state);
                ledgers[group].meter(rows.rows[i], key);
                count(group, rows.rows[i], key, placeOf(key), endMs);
                ledgers[group].store(rows.rows[i], state);
            }
            rows.size = 0;
        }
    }

    /** Behind what the meter that is loaded counts: its feeder, or the area instead of one. */
    private int placeOf(RowKey meter) {
        if (!isHome(meter)) {
            return 0;
        }
        boolean hasArea = state.feeder == 0 && state.known;
        return hasArea ? names.ofArea(area()) : state.feeder;
    }

    /** Whether a meter without a feeder is in another area than that in which it counts. */
    private boolean isElsewhere() {
        Life life = state.life;
        return state.feeder == 0 && state.known && (life.feeder == 0 || life.area != area());
    }

    /** Says what is known by the registry: at the end, as readings of the slice may follow. */
    private void sayAnnounced(long endMs) {
        for (int group = 0; group < ledgers.length; group++) {
            Rows rows = announced[group];
            for (int i = 0; i < rows.size; i++) {
                ledgers[group].load(rows.rows[i], state);
                if (state.known) {
                    say(group, rows.rows[i], endMs);
                }
            }
            rows.size = 0;
        }
    }

    private void say(int group, int row, long endMs) {
        ledgers[group].meter(row, key);
        out.say(endMs, key, area(), json.value(endMs, state, key.number(), names));
    }

    /** Where a meter counts of which nothing was heard: a value may hold for longer or not. */
    private int stateNow(long endMs) {
        return state.share.state == Share.REPORTING ? Share.REPORTING : holdOrSilent(endMs);
    }

    private int holdOrSilent(long endMs) {
        return state.holdsUntilMs() >= endMs ? Share.HOLDING : Share.SILENT;
    }

    private void silence(long endMs) {
        holdsUntilMs = Long.MAX_VALUE;
        forEach(
                (group, row) -> {
                    int is = state.share.state;
                    if (is == Share.HOLDING && state.holdsUntilMs() < endMs) {
                        share(group, row, endMs, Share.SILENT, 0);
                        ledgers[group].store(row, state);
                    } else if ((is == Share.HOLDING || is == Share.REPORTING)
                            && state.holdsUntilMs() >= endMs) {
                        holdsUntilMs = Math.min(holdsUntilMs, state.holdsUntilMs());
                    }
                });
    }

    private interface Visit {
        void visit(int group, int row);
    }

    /** Loads each meter in turn. */
    private void forEach(Visit visit) {
        for (int group = 0; group < ledgers.length; group++) {
            for (int row = 0; row < ledgers[group].size(); row++) {
                ledgers[group].load(row, state);
                visit.visit(group, row);
            }
        }
    }

    /** Lets the meter that is loaded count as it does from this slice on. */
    private void share(int group, int row, long endMs, int newState, int news) {
        int commodity = ledgers[group].meter(row, key).number();
        Share share = state.share;
        if (share.state != Share.NOWHERE) {
            changes.add(share, commodity, -1, 0);
            load(commodity, -1);
        }
        share.state = newState;
        share.area = Geohash.area(state.geohash);
        share.feeder = state.feeder;
        share.region = state.region;
        boolean holds = share.holds();
        share.isDemandKnown = state.said != Words.NONE;
        share.demand = holds && share.isDemandKnown ? state.said : 0;
        share.voltage = Voltage.of(state.centivolts, state.cadenceMs());
        boolean isToday = MeterState.dayOf(state.lastMs) == MeterState.dayOf(endMs);
        share.energy = isToday ? state.energyToday() : 0;
        isEnergyCounted |= share.energy != 0;
        if (newState != Share.NOWHERE) {
            changes.add(share, commodity, 1, news);
            load(commodity, 1);
            // One that is silent when it reports falls silent in the next slice, without a scan.
            if (holds && state.holdsUntilMs() >= endMs) {
                holdsUntilMs = Math.min(holdsUntilMs, state.holdsUntilMs());
            }
        }
    }

    /** Adds what the meter that is loaded draws to its feeder, or takes it away. */
    private void load(int commodity, int sign) {
        int feeder = state.life.feeder;
        if (feeder != 0 && !names.isArea(feeder)) {
            feeders.of(feeder).load.addHome(state.share, sign);
        } else if (commodity == Commodity.SUPPLY && state.share.feeder > 0) {
            feeders.of(state.share.feeder).load.addSupply(state.share, sign);
        }
    }

    /**
     * Lets the meter that is loaded count behind a feeder, or behind none, as it does from this
     * slice on.
     *
     * @return where what changes is said, or null behind none
     */
    @Nullable
    private FeederPart count(int group, int row, RowKey meter, int feeder, long endMs) {
        Life life = state.life;
        if (life.feeder != feeder) {
            leave(meter);
            life.feeder = feeder;
            if (feeder != 0) {
                feeders.of(feeder).addMembers(1);
                load(meter.number(), 1);
            }
        }
        if (feeder == 0) {
            return null;
        }
        FeederPart part = feeders.of(feeder);
        part.live(life.lifeMs);
        int area = Geohash.area(state.geohash);
        if (state.known && !(life.isPlaced && life.area == area)) {
            if (life.isPlaced) {
                part.addIn(life.area, -1);
            }
            part.addIn(area, 1);
            life.isPlaced = true;
            life.area = area;
        }
        long cadenceMs = state.cadenceMs();
        long nowMs = endMs - life.leadMs();
        long ageMs = clocks.passedMs(life.partition, life.lifeMs, nowMs);
        int level =
                life.lifeMs == 0
                        ? Life.GONE
                        : Life.levelOf(ageMs, life.lifeMs, life.lostPowerMs(), cadenceMs);
        if (level != life.level || level >= Life.MISSED) {
            part.move(
                    meter.id().toString(),
                    life.level,
                    level,
                    life.lifeMs,
                    cadenceMs,
                    life.lostPowerMs());
            life.level = level;
        }
        long atMs = dueMs(level, life.lifeMs, endMs - nowMs, life.partition, cadenceMs, endMs);
        dues.await(group, row, atMs);
        return part;
    }

    /** When a meter may stand somewhere else if nothing more is heard of it. */
    private long dueMs(
            int level, long lifeMs, long leadMs, int partition, long cadenceMs, long endMs) {
        if (level == Life.GONE || clocks.isQuiet(partition, endMs)) {
            return Long.MAX_VALUE;
        }
        long stoodMs = clocks.stoodMs(partition, lifeMs, endMs - leadMs);
        long atMs = lifeMs + leadMs + stoodMs + Life.limitMs(level, cadenceMs) + 1;
        return Math.max(atMs, endMs + 1);
    }

    /** Lets the meter that is loaded count behind no feeder. */
    private void leave(RowKey meter) {
        Life life = state.life;
        if (life.feeder == 0) {
            return;
        }
        load(meter.number(), -1);
        FeederPart part = feeders.of(life.feeder);
        part.addMembers(-1);
        if (life.isPlaced) {
            part.addIn(life.area, -1);
        }
        part.move(meter.id().toString(), life.level, Life.GONE, life.lifeMs, 0, 0);
        life.isPlaced = false;
        life.level = Life.GONE;
    }

    /** Finds those who have missed a reading, or another one, by the end of a slice. */
    private void age(long endMs) {
        for (int group = 0; group < ledgers.length; group++) {
            dues.look(group, ledgers[group].size(), endMs, (of, row) -> age(of, row, endMs));
        }
        dues.looked();
    }

    private void age(int group, int row, long endMs) {
        RowTable table = ledgers[group].rows();
        long[] rows = table.rows;
        int at = table.at(row) + RowTable.OWN + MeterState.LIFE;
        long counted = rows[at + Life.COUNTED];
        int level = Life.level(counted);
        if (level == Life.GONE || Life.feeder(counted) == 0) {
            return;
        }
        long cadenceMs = Life.cadenceMs(rows[at + Life.PACE]);
        int partition = Life.partition(rows[at + Life.PACE]);
        long lifeMs = rows[at + Life.AT];
        long leadMs = Life.leadMs(rows, at);
        long ageMs = clocks.passedMs(partition, lifeMs, endMs - leadMs);
        long lostPowerMs = Life.lostPowerMs(rows, at);
        int levelNow = Life.levelOf(ageMs, lifeMs, lostPowerMs, cadenceMs);
        if (levelNow != level) {
            rows[at + Life.COUNTED] = Life.withLevel(counted, levelNow);
            feeders.of(Life.feeder(counted))
                    .move(
                            key.set(table, row).id().toString(),
                            level,
                            levelNow,
                            lifeMs,
                            cadenceMs,
                            lostPowerMs);
        }
        dues.await(group, row, dueMs(levelNow, lifeMs, leadMs, partition, cadenceMs, endMs));
    }

    /** Finds the largest meters of a group. */
    LargestScan scan(int group, LargestScan into) {
        return ledgers[group].scan(into);
    }

    /** Lets {@link #sayMore} begin with the first meter. */
    void beginSayingAll() {
        groupToSay = 0;
        rowToSay = 0;
    }

    /** Says again what is known of the next meters; false if all had been said before. */
    boolean sayMore(int most, long endMs) {
        int left = most;
        while (groupToSay < ledgers.length && left > 0) {
            if (rowToSay == ledgers[groupToSay].size()) {
                groupToSay++;
                rowToSay = 0;
                continue;
            }
            ledgers[groupToSay].load(rowToSay, state);
            if (state.known) {
                say(groupToSay, rowToSay, endMs);
                left--;
            }
            rowToSay++;
        }
        return left < most;
    }

    /** Says again what is known of some meters: each so many of a group, from one of them on. */
    void sayAgain(int first, int step, long endMs) {
        for (int group = 0; group < ledgers.length; group++) {
            for (int row = first; row < ledgers[group].size(); row += step) {
                ledgers[group].load(row, state);
                if (state.known) {
                    say(group, row, endMs);
                }
            }
        }
    }

    void write(int group, DataOutputView to) throws IOException {
        to.writeLong(dayMs);
        ledgers[group].write(to, names);
    }

    void read(int group, DataInputView from) throws IOException {
        dayMs = Math.max(dayMs, from.readLong());
        Ledger ledger = ledgers[group];
        ledger.read(from, names);
        for (int row = 0; row < ledger.size(); row++) {
            ledger.load(row, state);
            int is = state.share.state;
            if (is == Share.REPORTING) {
                reported[group].add(row);
            }
            if (is == Share.REPORTING || is == Share.HOLDING) {
                holdsUntilMs = Math.min(holdsUntilMs, state.holdsUntilMs());
            }
            isEnergyCounted |= state.share.energy != 0;
            if (isSupply(ledger.meter(row, key))) {
                addSupply(1);
            }
            if (state.life.feeder != 0 && state.life.level != Life.GONE) {
                long limitMs = Life.limitMs(state.life.level, state.cadenceMs());
                long atMs = state.life.lifeMs + state.life.leadMs() + limitMs + 1;
                dues.await(group, row, atMs);
            }
        }
    }
}
