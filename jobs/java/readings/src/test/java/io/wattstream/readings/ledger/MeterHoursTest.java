package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

import javax.annotation.Nullable;

/** What registers and demands of meters say by the hour. */
class MeterHoursTest {
    private static final long T = 1_709_251_200_000L;
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final List<String> COLUMNS =
            List.of(
                    "area",
                    "energy",
                    "by_demand",
                    "readings",
                    "expected",
                    "register",
                    "fell_ms",
                    "off_ms",
                    "installed_ms",
                    "lag_ago",
                    "used_ago",
                    "fell_ago",
                    "checksum",
                    "zero_hours",
                    "idle_hours",
                    "energies");

    /** Thousandths of W: 75 Wh in five minutes. */
    private static final long DEMAND = 900_000;

    private final List<Entry> log = new ArrayList<>();

    private Entry add(Entry entry) {
        log.add(entry);
        return entry;
    }

    /** Readings each five minutes of meter "m", whose register says so many Wh after so many. */
    private void read(long fromMinute, long toMinute, LongUnaryOperator registerWh) {
        for (long minute = fromMinute; minute <= toMinute; minute += 5) {
            long register = 1_000 * registerWh.applyAsLong(minute - fromMinute);
            add(Entry.reading(T + minute * MINUTE_MS, 500, minute / 5, register).demand(DEMAND));
        }
    }

    /** Hours of meter "m" by how many there were before their end; they are what is right. */
    private Map<Long, Map<String, String>> hours(long toMs) throws Exception {
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        LedgerRun run = new LedgerRun(1);
        LedgerRun.Stores stores = run.read(log).arrive(T + toMs).stores();
        assertEquals(0, run.dropped());
        run.close();
        long lastEndMs = (T + toMs - LedgerRun.ON_TIME_MS) / 5_000 * 5_000;
        assertEquals(new PlainLedger(log, LedgerRun.RULES, lastEndMs).hours, stores.hours);
        Map<Long, Map<String, String>> hours = new TreeMap<>();
        for (String said : stores.hours.keySet()) {
            String[] cells = said.split(" ", -1);
            assertEquals("m", cells[0]);
            Map<String, String> columns = new HashMap<>();
            for (int column = 0; column < COLUMNS.size(); column++) {
                columns.put(COLUMNS.get(column), cells[2 + column]);
            }
            long hour = (Long.parseLong(cells[1]) - T) / HOUR_MS;
            assertEquals(null, hours.put(hour, columns), said);
        }
        return hours;
    }

    private static String cells(@Nullable Map<String, String> hour, String... columns) {
        List<String> cells = new ArrayList<>();
        for (String column : columns) {
            cells.add(hour.get(column));
        }
        return String.join(" ", cells);
    }

    private static String counts(@Nullable Map<String, String> hour) {
        return cells(hour, "energy", "by_demand", "readings", "expected");
    }

    @Test
    void anHourIsSaidWhenAReadingOfItsEndHasCome() throws Exception {
        read(30, 125, minute -> minute * 15);

        Map<Long, Map<String, String>> hours = hours(2 * HOUR_MS + 10_000);

        assertEquals(List.of(1L, 2L), List.copyOf(hours.keySet()));
        // The first reading begins, and ends no step.
        assertEquals("450000 450000 7 7", counts(hours.get(1L)));
        assertEquals("900000 900000 12 12", counts(hours.get(2L)));
        assertEquals("u1003 1350000", cells(hours.get(2L), "area", "register"));
        assertEquals("3775001192", cells(hours.get(2L), "checksum"));
        assertEquals(
                "null null null null null null",
                cells(
                        hours.get(2L),
                        "fell_ms",
                        "off_ms",
                        "installed_ms",
                        "lag_ago",
                        "used_ago",
                        "fell_ago"));
    }

    @Test
    void orOneOfLater() throws Exception {
        read(2, 62, minute -> minute * 15);

        assertEquals(List.of(), List.copyOf(hours(HOUR_MS + 60_000).keySet()));
        assertEquals("825000 825000 12 12", counts(hours(HOUR_MS + 180_000).get(1L)));
    }

    @Test
    void readingsThatAllComeADayLaterMakeTheSameHours() throws Exception {
        read(0, 300, minute -> minute * 15);
        Map<Long, Map<String, String>> onTime = hours(6 * HOUR_MS);
        log.clear();
        for (long minute = 0; minute <= 300; minute += 5) {
            long wayMs = 30 * HOUR_MS - minute * MINUTE_MS + minute;
            add(Entry.reading(T + minute * MINUTE_MS, wayMs, minute / 5, 1_000 * minute * 15))
                    .demand(DEMAND);
        }

        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), List.copyOf(onTime.keySet()));
        assertEquals("0 null 1 1", counts(onTime.get(0L)));
        assertEquals(onTime, hours(31 * HOUR_MS));
    }

    @Test
    void whatComesAfterAnHourIsOverDoesNotChangeIt() throws Exception {
        read(0, 180, minute -> minute * 15);
        log.removeIf(entry -> entry.tsMs == T + 50 * MINUTE_MS);
        log.removeIf(entry -> entry.tsMs == T + 110 * MINUTE_MS);
        add(Entry.reading(T + 50 * MINUTE_MS, 5 * MINUTE_MS, 10, 750_000).demand(DEMAND));
        add(Entry.reading(T + 110 * MINUTE_MS, 30 * MINUTE_MS, 22, 1_650_000).demand(DEMAND));

        Map<Long, Map<String, String>> hours = hours(4 * HOUR_MS);

        assertEquals("900000 900000 12 12", counts(hours.get(1L)));
        assertEquals("900000 900000 11 12", counts(hours.get(2L)));
        assertEquals("900000 900000 12 12", counts(hours.get(3L)));
    }

    @Test
    void aRegisterThatStandsStillLags() throws Exception {
        read(0, 600, minute -> 15 * (minute < 80 ? minute : minute < 220 ? 80 : minute - 140));

        Map<Long, Map<String, String>> hours = hours(11 * HOUR_MS);

        assertEquals("300000 900000 12 12", counts(hours.get(2L)));
        assertEquals("0 900000 12 12", counts(hours.get(3L)));
        List<String> ago = hours.values().stream().map(hour -> hour.get("lag_ago")).toList();
        assertEquals(List.of("null", "null", "0", "0", "0", "1", "2", "3", "4", "5", "6"), ago);
    }

    @Test
    void anHourThatCannotBeJudgedIsNotCounted() throws Exception {
        // It lags, then half of its readings are lost for two hours, then it counts.
        read(0, 420, minute -> 15 * (minute < 60 ? minute : minute < 120 ? 60 : minute - 60));
        log.removeIf(
                entry ->
                        entry.tsMs > T + 2 * HOUR_MS
                                && entry.tsMs < T + 4 * HOUR_MS
                                && entry.tsMs / MINUTE_MS % 10 == 0);

        Map<Long, Map<String, String>> hours = hours(8 * HOUR_MS);

        assertEquals("6 11", cells(hours.get(3L), "readings", "expected"));
        List<String> ago = hours.values().stream().map(hour -> hour.get("lag_ago")).toList();
        assertEquals(List.of("null", "null", "0", "null", "null", "1", "2", "3"), ago);
    }

    @Test
    void aMeterWithoutPowerDoesNotLag() throws Exception {
        // Dark from ten past to ten to; neither its register nor its numbers go on.
        int seq = 0;
        long wh = 0;
        for (long minute = 0; minute <= 300; minute += 5) {
            boolean isDark = (minute > 70 && minute < 110) || (minute > 130 && minute < 170);
            if (!isDark) {
                add(Entry.reading(T + minute * MINUTE_MS, 500, seq++, 1_000 * wh)).demand(DEMAND);
                wh += 75;
            }
        }

        Map<Long, Map<String, String>> hours = hours(6 * HOUR_MS);

        assertEquals("375000 450000 5 5", counts(hours.get(2L)));
        assertEquals(
                "null null", hours.get(2L).get("lag_ago") + " " + hours.get(3L).get("lag_ago"));
    }

    @Test
    void aRegisterThatFallsIsRememberedForADay() throws Exception {
        read(0, 90, minute -> 1_000 + minute * 15);
        read(95, 34 * 60, minute -> minute * 15);
        add(Entry.announcement(T + 3 * HOUR_MS)).installedMs(T + 93 * MINUTE_MS);

        Map<Long, Map<String, String>> hours = hours(35 * HOUR_MS);

        String fellMs = String.valueOf(T + 95 * MINUTE_MS);
        assertEquals("null null null", cells(hours.get(1L), "fell_ms", "fell_ago", "installed_ms"));
        assertEquals(
                fellMs + " 0 null", cells(hours.get(2L), "fell_ms", "fell_ago", "installed_ms"));
        assertEquals("825000 375000", cells(hours.get(2L), "energy", "register"));
        assertEquals(
                fellMs + " 2 " + (T + 93 * MINUTE_MS),
                cells(hours.get(4L), "fell_ms", "fell_ago", "installed_ms"));
        assertEquals(
                "30 null", hours.get(32L).get("fell_ago") + " " + hours.get(33L).get("fell_ago"));
    }

    @Test
    void aRegisterThatRollsOverHasNotFallen() throws Exception {
        add(Entry.announcement(T - 1).registerSize(2_000_000L));
        read(0, 240, minute -> minute * 15 % 2_000);

        Map<Long, Map<String, String>> hours = hours(5 * HOUR_MS);

        assertEquals("900000 900000 12 12", counts(hours.get(3L)));
        assertEquals("null null", cells(hours.get(3L), "fell_ms", "fell_ago"));
    }

    @Test
    void onlyAnHourThatIsOffAllAlongIsOff() throws Exception {
        read(0, 600, minute -> minute * 15);
        add(Entry.announcement(T + 70 * MINUTE_MS)).supply("off");
        // Once a day it is said again.
        add(Entry.announcement(T + 200 * MINUTE_MS)).supply("off");
        add(Entry.announcement(T + 290 * MINUTE_MS)).supply("on");

        Map<Long, Map<String, String>> hours = hours(11 * HOUR_MS);

        String offMs = String.valueOf(T + 70 * MINUTE_MS + 5_000);
        List<String> off =
                hours.values().stream().map(hour -> cells(hour, "off_ms", "used_ago")).toList();
        assertEquals(
                List.of(
                        "null null",
                        "null null",
                        "null null",
                        offMs + " 0",
                        offMs + " 0",
                        "null 1",
                        "null 2",
                        "null 3",
                        "null 4",
                        "null 5",
                        "null 6"),
                off);
    }

    @Test
    void intervalsAreAddedUp() throws Exception {
        add(Entry.announcement(T - 1).kind("interval"));
        for (long minute = 0; minute <= 120; minute += 30) {
            add(Entry.reading(T + minute * MINUTE_MS, 500, minute / 30, 7_000))
                    .energy(100_000 + minute)
                    .demand(DEMAND);
        }

        Map<Long, Map<String, String>> hours = hours(3 * HOUR_MS);

        assertEquals("200090 null 2 2", counts(hours.get(1L)));
        assertEquals("200210 null 2 2", counts(hours.get(2L)));
    }

    /** The last so many of the energies of an hour. */
    private static String energies(@Nullable Map<String, String> hour, int last) {
        List<String> all = List.of(hour.get("energies").split(","));
        assertEquals(27, all.size());
        return String.join(" ", all.subList(27 - last, 27));
    }

    @Test
    void anHourHasTheEnergiesOfThoseBefore() throws Exception {
        // From the second hour on, none of which is like another, over a day.
        read(65, 30 * 60, minute -> minute * minute);

        Map<Long, Map<String, String>> hours = hours(31 * HOUR_MS);

        // Nobody knows what was used before the first reading.
        assertEquals("-1 -1 -1", energies(hours.get(2L), 3));
        assertEquals("-1 -1 10200000", energies(hours.get(3L), 3));
        String all = energies(hours.get(30L), 27);
        assertEquals(
                "17400000 24600000",
                String.join(" ", List.of(energies(hours.get(5L), 2).split(" "))));
        assertEquals(27, all.split(" ").length);
        assertEquals(
                all,
                String.join(
                        " ",
                        hours.entrySet().stream()
                                .filter(hour -> hour.getKey() > 3)
                                .map(hour -> hour.getValue().get("energy"))
                                .toList()));
    }

    @Test
    void aReadingThatIsLostWithinAnHourCostsNothing() throws Exception {
        read(0, 240, minute -> minute * 15);
        log.removeIf(
                entry ->
                        (entry.tsMs > T + 65 * MINUTE_MS && entry.tsMs < T + 115 * MINUTE_MS)
                                || entry.tsMs == T + 180 * MINUTE_MS);

        Map<Long, Map<String, String>> hours = hours(5 * HOUR_MS);

        // At three o'clock it was not read, and ten minutes are too long to tell.
        assertEquals("900000 900000 -1 -1", energies(hours.get(4L), 4));
        assertEquals(
                "825000 975000", hours.get(3L).get("energy") + " " + hours.get(4L).get("energy"));
    }

    @Test
    void readingsThatFollowEachOtherTellOfTheHourBetweenThem() throws Exception {
        for (long minute = 10; minute <= 220; minute += 30) {
            add(Entry.reading(T + minute * MINUTE_MS, 500, minute / 30, minute * 1_000));
        }
        log.removeIf(entry -> entry.tsMs == T + 160 * MINUTE_MS);

        Map<Long, Map<String, String>> hours = hours(5 * HOUR_MS);

        assertEquals("-1 60000", energies(hours.get(2L), 2));
        // 2:10 and 3:10 do not follow each other.
        assertEquals("60000 -1", energies(hours.get(3L), 2));
    }

    @Test
    void aRegisterThatFallsOrRollsOverLeavesItsHourUnknown() throws Exception {
        add(Entry.announcement(T - 1).registerSize(2_000_000L));
        read(0, 240, minute -> minute * 15 % 2_000);
        log.stream()
                .filter(entry -> entry.tsMs > T + 200 * MINUTE_MS)
                .forEach(entry -> entry.register -= 900_000);

        Map<Long, Map<String, String>> hours = hours(5 * HOUR_MS);

        assertEquals("-1 900000 900000 -1 -1", energies(hours.get(4L), 5));
    }

    /** From 900 Wh on, when the hour begins; the latest reading says 1,125 Wh. */
    @ParameterizedTest
    @CsvSource({
        "1050000,  900000",
        "900000,   900000",
        "1125000,  900000",
        "899999,   -1",
        "1125001,  -1",
        "0,        -1"
    })
    void aReadingThatComesLateIsWithinWhatIsKnown(long register, long energy) throws Exception {
        read(0, 180, minute -> minute * 15);
        log.removeIf(entry -> entry.tsMs == T + 70 * MINUTE_MS);
        add(Entry.reading(T + 70 * MINUTE_MS, 7 * MINUTE_MS, 14, register).demand(DEMAND));
        assertEquals(
                List.of("900000", energy + "", "900000"),
                hours(4 * HOUR_MS).values().stream()
                        .skip(1)
                        .map(hour -> energies(hour, 1))
                        .toList());

        // It comes in time, and is said otherwise.
        add(Entry.reading(T + 70 * MINUTE_MS, 500, 14, 1_050_000).demand(DEMAND));
        assertEquals(
                List.of("900000", energy + "", "900000"),
                hours(4 * HOUR_MS).values().stream()
                        .skip(1)
                        .map(hour -> energies(hour, 1))
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({"1125007, 900000", "1125000, 900000", "1124999, -1", "0, -1"})
    void theLatestReadingIsNotSaidToBeLess(long register, long energy) throws Exception {
        read(0, 180, minute -> minute * 15);
        for (int revision = 0; revision < 2; revision++) {
            Entry otherwise =
                    add(Entry.reading(T + 75 * MINUTE_MS, MINUTE_MS, 15, register))
                            .revision(revision)
                            .demand(DEMAND + 1);

            Map<Long, Map<String, String>> hours = hours(4 * HOUR_MS);

            assertEquals(energy + " 900000", energies(hours.get(3L), 2));
            log.remove(otherwise);
        }
    }

    @Test
    void anHourThatWasNotSaidIsUnknown() throws Exception {
        read(0, 120, minute -> minute * 15);
        read(360, 480, minute -> 1_800 + minute * 15);
        add(Entry.announcement(T + 10 * HOUR_MS).removed());
        read(660, 725, minute -> minute * 15);

        Map<Long, Map<String, String>> hours = hours(13 * HOUR_MS);

        assertEquals(List.of(0L, 1L, 2L, 6L, 7L, 8L, 11L, 12L), List.copyOf(hours.keySet()));
        assertEquals("900000 900000 -1 -1 -1 -1 900000 900000", energies(hours.get(8L), 8));
        // One that is removed is forgotten.
        assertEquals("-1 -1 -1 -1 900000", energies(hours.get(12L), 5));
    }

    @Test
    void anHourOfIntervalsIsWholeIfNoneIsMissing() throws Exception {
        add(Entry.announcement(T - 1).kind("interval"));
        for (long minute = 0; minute <= 240; minute += 10) {
            add(Entry.reading(T + minute * MINUTE_MS, 500, minute / 10, 7_000)).energy(1_000L);
        }
        log.removeIf(entry -> entry.tsMs == T + 80 * MINUTE_MS);
        add(Entry.reading(T + 150 * MINUTE_MS, 9 * MINUTE_MS, 15, 7_000)).energy(1_000L);
        log.removeIf(
                entry ->
                        entry.tsMs == T + 150 * MINUTE_MS && entry.arrivalMs < T + 151 * MINUTE_MS);

        Map<Long, Map<String, String>> hours = hours(5 * HOUR_MS);

        assertEquals("6000 -1 6000 6000", energies(hours.get(4L), 4));
    }

    @Test
    void moreThanANumberHoldsIsUnknown() throws Exception {
        read(0, 180, minute -> minute * (minute > 70 ? 40_000 : 35_000));

        Map<Long, Map<String, String>> hours = hours(4 * HOUR_MS);

        assertEquals("2100000000 -1 -1", energies(hours.get(3L), 3));
    }

    /** Readings at full hours of meter "m", whose hours count so many Wh each. */
    private void readHours(int hours, LongUnaryOperator wh) {
        long register = 0;
        for (int hour = 0; hour <= hours; hour++) {
            register += hour == 0 ? 0 : 1_000 * wh.applyAsLong(hour);
            add(Entry.reading(T + hour * HOUR_MS, 500, hour, register));
        }
    }

    private static List<String> column(
            Map<Long, Map<String, String>> hours, int from, String name) {
        return hours.values().stream().skip(from).map(hour -> hour.get(name)).toList();
    }

    @Test
    void aHomeHasNoBaseLoadForTheFirstTimeInEightWeeks() throws Exception {
        // The hour of the first reading counts nothing, and 1,341 count; then nothing for 25 hours.
        int used = 1_341;
        readHours(
                used + 80, hour -> hour <= used || (hour > used + 25 && hour != used + 60) ? 9 : 0);
        log.removeIf(entry -> entry.tsMs == T + (used + 5) * HOUR_MS);

        Map<Long, Map<String, String>> hours = hours((used + 81) * HOUR_MS);

        assertEquals(
                List.of("null", "null", "1", "2", "3", "4"),
                column(hours, used + 1, "idle_hours").subList(0, 6));
        // Of the fifth none was read, and the sixth counted what was used in both: nothing.
        assertEquals(
                List.of("0", "1", "2", "3", "4", "1", "2"),
                column(hours, used, "zero_hours").subList(0, 7));
        assertEquals("-1 -1", energies(hours.get(used + 6L), 2));
        assertEquals("20 22", cells(hours.get(used + 25L), "zero_hours", "idle_hours"));
        // With a third hour of the day the base load is there again, and one without use is
        // nothing.
        assertEquals("0 43", cells(hours.get(used + 46L), "zero_hours", "idle_hours"));
        assertEquals("0 0", cells(hours.get(used + 47L), "zero_hours", "idle_hours"));
        assertEquals("1 null", cells(hours.get(used + 60L), "zero_hours", "idle_hours"));
    }

    @Test
    void anHourLessThanEightWeeksIsTooLittle() throws Exception {
        readHours(1_400, hour -> hour <= 1_340 ? 9 : 0);

        Map<Long, Map<String, String>> hours = hours(1_401 * HOUR_MS);

        assertEquals(Set.of("null"), Set.copyOf(column(hours, 0, "idle_hours")));
        assertEquals("27", hours.get(1_400L).get("zero_hours"));
    }

    @Test
    void aHomeThatUsesNothingForAMonthDoesSoAsARule() throws Exception {
        readHours(1_343 + 725, hour -> hour <= 1_343 ? 9 : 0);

        Map<Long, Map<String, String>> hours = hours((1_343 + 726) * HOUR_MS);

        assertEquals("720", hours.get(1_345L + 720).get("idle_hours"));
        assertEquals("null", hours.get(1_345L + 721).get("idle_hours"));
    }

    @Test
    void whatIsNoHomeHasNoHours() throws Exception {
        read(0, 120, minute -> minute);
        log.forEach(entry -> entry.commodity("gas"));
        assertEquals(Map.of(), hours(3 * HOUR_MS));
        log.forEach(entry -> entry.commodity("electricity").of("m:export"));
        assertEquals(Map.of(), hours(3 * HOUR_MS));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void hoursAreWhatTheRulesSay(long seed) throws Exception {
        Random random = new Random(seed);
        for (int meter = 0; meter < 6; meter++) {
            oddMeter(random, "m" + meter);
        }
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        long endMs = T + 32 * HOUR_MS;
        LedgerRun run = new LedgerRun(1);
        LedgerRun.Stores stores = run.read(log).arrive(endMs).stores();
        run.close();

        assertEquals(new PlainLedger(log, LedgerRun.RULES, endMs - 5_000).hours, stores.hours);
        assertTrue(stores.hours.keySet().stream().anyMatch(said -> !said.endsWith(",-1")));
        for (int column : List.of(8, 9, 10, 11, 12, 13, 14)) {
            assertTrue(
                    stores.hours.keySet().stream()
                            .anyMatch(said -> !said.split(" ", -1)[column].equals("null")),
                    COLUMNS.get(column - 2));
        }
    }

    /** A day of one that stands still, falls, loses, is late, off and exchanged now and then. */
    private void oddMeter(Random random, String meter) {
        long cadenceMs = new long[] {5, 12, 30, 45, 90}[random.nextInt(5)] * MINUTE_MS;
        long register = 5_000_000;
        long seq = 10;
        boolean isStuck = false;
        long heldUpMs = 0;
        List<Entry> said = new ArrayList<>();
        for (long tsMs = T + random.nextInt(3) * MINUTE_MS;
                tsMs < T + 24 * HOUR_MS;
                tsMs += cadenceMs) {
            isStuck = random.nextInt(30) == 0 ? !isStuck : isStuck;
            heldUpMs = random.nextInt(25) == 0 ? tsMs + random.nextInt(20_000_000) : heldUpMs;
            long demand = random.nextInt(2_000_000);
            register += isStuck ? 0 : demand * cadenceMs / HOUR_MS;
            register = random.nextInt(60) == 0 ? random.nextInt(1_000) : register;
            seq += random.nextInt(40) == 0 ? random.nextInt(9) : 1;
            if (random.nextInt(20) == 0) {
                continue;
            }
            long wayMs = Math.max(heldUpMs - tsMs, 0) + random.nextInt(60_000);
            said.add(
                    Entry.reading(tsMs, wayMs, seq, register)
                            .demand(random.nextInt(9) == 0 ? null : (Long) demand)
                            .energy((Long) (demand / 2)));
            if (random.nextInt(20) == 0) {
                said.add(Entry.reading(tsMs, wayMs + 1, seq, register + 7).demand(demand));
            }
            if (random.nextInt(20) == 0 && heldUpMs <= tsMs) {
                // While it is remembered what was said.
                long laterMs = wayMs + random.nextInt(4_000_000);
                long other = register - 400_000 + random.nextInt(800_000);
                said.add(Entry.reading(tsMs, laterMs, seq, Math.max(0, other)).demand(demand));
            }
            if (random.nextInt(20) == 0) {
                said.add(
                        Entry.announcement(tsMs + random.nextInt(1_000_000))
                                .supply(random.nextInt(3) > 0 ? "off" : "on")
                                .kind(random.nextInt(4) == 0 ? "interval" : null)
                                .installedMs(random.nextBoolean() ? (Long) tsMs : null));
            }
        }
        said.forEach(entry -> entry.of(meter));
        log.addAll(said);
    }
}
