package io.wattstream.readings.ledger;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.annotation.Nullable;

/**
 * Facts of feeders by the rules as they are told: at the end of each slice every meter is looked at
 * anew, and the clock of a partition is worked out from all that was written to it.
 */
final class PlainFacts {
    private static final long QUIET_MS = 10_000;

    private final Map<Integer, Written> written = new HashMap<>();
    private final Map<String, Home> homes = new TreeMap<>();
    private final Map<String, Feeder> feeders = new TreeMap<>();

    /** By feeder. */
    private final Map<String, List<Supplied>> supplies = new HashMap<>();

    /** By {@code feeder slice_end}. */
    final Map<String, String> facts = new TreeMap<>();

    private static final class Home {
        @Nullable String feeder;
        int partition;

        /** Last sign of life by usable readings, and by those of a clock that is too far ahead. */
        @Nullable Long usableMs;

        @Nullable Long aheadMs;
        @Nullable Long lagMicros;

        /** The latest reading of a clock that is too far ahead. */
        @Nullable Entry ahead;

        /** Of the slice, and the sign of life before them. */
        final List<Entry> signs = new ArrayList<>();

        @Nullable Long lifeBeforeSigns;

        /** The last that the meter said, if it was of a time without a later sign of life. */
        @Nullable Long lostPowerMs;

        int missed;
        @Nullable BigDecimal mean;
        boolean exports;
        String area = "";
        long cadenceMs;

        @Nullable
        Long lifeMs() {
            return usableMs == null || isAhead() ? aheadMs : usableMs;
        }

        boolean isAhead() {
            return aheadMs != null && (usableMs == null || aheadMs > usableMs);
        }
    }

    /** What the writer of a partition wrote. */
    private static final class Written {
        final List<Long> times = new ArrayList<>();

        /** Times from which on it was closed, and until when. */
        final TreeMap<Long, Long> closed = new TreeMap<>();

        void hear(Entry entry) {
            times.add(entry.arrivalMs);
            if (entry.isClosing) {
                closed.put(entry.arrivalMs, entry.arrivalMs + QUIET_MS);
            } else if (entry.isHeartbeat) {
                closed.replaceAll((fromMs, untilMs) -> Math.min(untilMs, entry.arrivalMs));
            }
        }

        /** Time of a span in which it was not closed. */
        long openMs(long fromMs, long toMs) {
            long openMs = 0;
            long atMs = fromMs;
            for (Map.Entry<Long, Long> each :
                    closed.tailMap(fromMs - QUIET_MS).headMap(Math.max(fromMs, toMs)).entrySet()) {
                openMs += Math.max(0, Math.min(each.getKey(), toMs) - atMs);
                atMs = Math.max(atMs, each.getValue());
            }
            return openMs + Math.max(0, toMs - atMs);
        }
    }

    /** A reading of a supply meter, and the slice in which it came. */
    private record Supplied(long endMs, long atMs, BigDecimal demand, long cadenceMs) {}

    private static final class Feeder {
        long lastLifeMs;

        /** As of the end of the slice in which it was given. */
        long lifeBeforeMs;

        long lifeEndMs;
        boolean isOpen;
        String said = "";
        long newsMs;
        final List<String> returned = new ArrayList<>();
        boolean hasGone;
    }

    /**
     * @param log all records, heartbeats of writers among them
     */
    PlainFacts(List<Entry> log) {
        for (Entry entry : log) {
            if (!entry.isAnnouncement) {
                written.computeIfAbsent(entry.partition, none -> new Written()).hear(entry);
            }
        }
        written.values().forEach(each -> each.times.sort(Comparator.naturalOrder()));
    }

    void remove(String key) {
        homes.remove(key);
    }

    /** A meter has heard its words of a slice, in the order in which it does. */
    void hear(String key, PlainLedger.Meter meter, List<Entry> words, long endMs) {
        Home home = homes.computeIfAbsent(key, none -> new Home());
        Entry before = meter.lastBefore;
        Long lifeBefore = home.lifeMs();
        BigDecimal meanBefore = home.mean;
        boolean isMeasured = before != null && !home.isAhead();
        home.cadenceMs = meter.cadenceMs();
        List<Entry> signs = words.stream().filter(each -> !isOvertaken(each, home)).toList();
        if (!signs.isEmpty()) {
            long largestMs = signs.stream().mapToLong(each -> each.tsMs).max().orElseThrow();
            long leastMicros =
                    signs.stream().mapToLong(PlainFacts::wayMs).min().orElseThrow() * 1_000;
            if (home.lagMicros == null || meter.isSetBack) {
                home.lagMicros = leastMicros;
            } else {
                long grown = home.lagMicros + Math.max(0, largestMs - before.tsMs);
                home.lagMicros = Math.min(grown, leastMicros);
            }
            long lifeMs = platform(home, largestMs);
            home.usableMs = home.usableMs == null ? lifeMs : Math.max(home.usableMs, lifeMs);
        }
        home.partition = words.get(0).partition;
        home.exports |= meter.saidNegative;
        if (meter.isTold && meter.demand != null) {
            BigDecimal told = BigDecimal.valueOf(meter.demand);
            home.mean =
                    home.mean == null
                            ? told
                            : home.mean.add(
                                    told.subtract(home.mean)
                                            .divide(BigDecimal.valueOf(12), 0, RoundingMode.DOWN));
        }
        if (home.feeder == null) {
            return;
        }
        Feeder feeder = feeders.get(home.feeder);
        feeder.lastLifeMs = Math.max(feeder.lastLifeMs, life(home));
        int missed = missed(home, endMs);
        if (lifeBefore != null && home.missed >= 2 && missed < 2) {
            feeder.hasGone |= home.missed == 5;
            feeder.returned.add(
                    isMeasured
                            ? returned(meter, home, words, lifeBefore, meanBefore)
                            : unmeasured(
                                    meter.id,
                                    home,
                                    signs.stream().map(each -> platform(home, each.tsMs)),
                                    lifeBefore));
        }
        home.missed = missed;
    }

    private static long wayMs(Entry entry) {
        return entry.arrivalMs - entry.tsMs;
    }

    private static long life(Home home) {
        return home.lifeMs() == null ? 0 : home.lifeMs();
    }

    /** Whether it is no later than the latest that was too far ahead, as its number says, too. */
    private static boolean isOvertaken(Entry entry, Home home) {
        if (home.ahead == null || entry.tsMs > home.ahead.tsMs || entry.seq > home.ahead.seq) {
            return false;
        }
        long readings = home.ahead.seq - entry.seq;
        long earlierMs = home.ahead.tsMs - entry.tsMs;
        if (home.cadenceMs == 0 || earlierMs == 0) {
            return readings == 0 && earlierMs == 0;
        }
        BigDecimal cadences = BigDecimal.valueOf(earlierMs).multiply(BigDecimal.TEN);
        BigDecimal half = BigDecimal.valueOf(home.cadenceMs / 2).multiply(BigDecimal.TEN);
        BigDecimal whole =
                cadences.add(half)
                        .divide(BigDecimal.valueOf(10 * home.cadenceMs), 0, RoundingMode.FLOOR);
        return whole.longValueExact() == readings;
    }

    /**
     * A meter has sent a reading whose clock is too far ahead, after its words of the slice.
     *
     * @param meter null if nothing else is known of it
     */
    void hearAhead(String key, @Nullable PlainLedger.Meter meter, Entry sign) {
        if (meter == null
                || (meter.last == null
                        && (meter.announced == null || meter.announced.feeder == null))) {
            return;
        }
        Home home = homes.computeIfAbsent(key, none -> new Home());
        home.cadenceMs = meter.cadenceMs();
        if (isOvertaken(sign, home)) {
            return;
        }
        home.ahead = sign;
        if (home.signs.isEmpty()) {
            home.lifeBeforeSigns = home.lifeMs();
        }
        home.signs.add(sign);
        home.aheadMs =
                home.aheadMs == null ? sign.arrivalMs : Math.max(home.aheadMs, sign.arrivalMs);
        home.partition = sign.partition;
    }

    /** Whether it is back by signs of life alone, after all of the slice. */
    private void hearSigns(String id, Home home, long endMs) {
        if (home.feeder != null && !home.signs.isEmpty()) {
            Feeder feeder = feeders.get(home.feeder);
            feeder.lastLifeMs = Math.max(feeder.lastLifeMs, life(home));
            int missed = missed(home, endMs);
            if (home.lifeBeforeSigns != null && home.missed >= 2 && missed < 2) {
                feeder.hasGone |= home.missed == 5;
                feeder.returned.add(
                        unmeasured(
                                id,
                                home,
                                home.signs.stream().map(each -> each.arrivalMs),
                                home.lifeBeforeSigns));
            }
            home.missed = missed;
        }
        home.signs.clear();
    }

    /** A meter, after its words of a slice, has said one that is the first of its reading. */
    void supply(String key, PlainLedger.Meter meter, Entry word, long endMs) {
        if (meter.commodity.equals("supply")
                && meter.announced != null
                && meter.announced.feeder != null
                && word.demand != null) {
            supplies.computeIfAbsent(meter.announced.feeder, none -> new ArrayList<>())
                    .add(
                            new Supplied(
                                    endMs,
                                    platform(homes.get(key), word.tsMs),
                                    BigDecimal.valueOf(word.demand),
                                    meter.cadenceMs()));
        }
    }

    /** What the supply meter said before the last sign of life of a home, and since. */
    private String supply(String name, Feeder feeder) {
        List<Supplied> all = new ArrayList<>(supplies.getOrDefault(name, List.of()));
        all.sort(
                Comparator.comparingLong(Supplied::endMs)
                        .thenComparingLong(Supplied::atMs)
                        .thenComparing(Supplied::demand)
                        .thenComparingLong(Supplied::cadenceMs));
        List<Supplied> since =
                all.stream()
                        .filter(each -> each.endMs >= feeder.lifeEndMs)
                        .filter(each -> each.atMs > feeder.lastLifeMs)
                        .toList();
        int first = since.isEmpty() ? all.size() : all.indexOf(since.get(0));
        BigDecimal mean = null;
        for (Supplied each : all.subList(0, first)) {
            mean =
                    mean == null
                            ? each.demand
                            : mean.add(
                                    each.demand
                                            .subtract(mean)
                                            .divide(BigDecimal.valueOf(12), 0, RoundingMode.DOWN));
        }
        String before =
                mean == null ? "" : ",\"supply_before_w\":" + PlainLedger.units(mean.longValue());
        return since.isEmpty()
                ? before
                : "%s,\"supply_least_w\":%s,\"supply_from_ms\":%d"
                        .formatted(
                                before,
                                PlainLedger.units(
                                        since.stream()
                                                .mapToLong(each -> each.demand.abs().longValue())
                                                .min()
                                                .orElseThrow()),
                                since.stream()
                                        .mapToLong(each -> each.atMs - each.cadenceMs)
                                        .max()
                                        .orElseThrow());
    }

    /** A meter has said that it lost power, after all else of the slice. */
    void losePower(String key, long tsMs) {
        Home home = homes.get(key);
        if (home != null && home.lifeMs() != null && platform(home, tsMs) >= life(home)) {
            home.lostPowerMs = platform(home, tsMs);
        }
    }

    private static String unmeasured(String id, Home home, Stream<Long> signs, long sinceMs) {
        long lifeMs =
                signs.filter(timeMs -> timeMs > sinceMs).min(Long::compare).orElse(life(home));
        lifeMs = Math.min(lifeMs, life(home));
        return "%020d [\"%s\",%d,%d,null,null,%d]"
                .formatted(lifeMs, id, lifeMs, sinceMs, home.cadenceMs);
    }

    private static long platform(Home home, long tsMs) {
        return home.lagMicros == null ? tsMs : tsMs + Math.floorDiv(home.lagMicros, 1_000);
    }

    private static String returned(
            PlainLedger.Meter meter,
            Home home,
            List<Entry> words,
            long lifeBefore,
            @Nullable BigDecimal mean) {
        List<Entry> points = new ArrayList<>(words);
        points.sort(
                Comparator.comparingLong((Entry each) -> each.tsMs)
                        .thenComparingLong(each -> each.seq));
        Entry before = meter.lastBefore;
        List<Entry> steps = new ArrayList<>(List.of(before));
        for (Entry point : points) {
            if (point.tsMs > steps.get(steps.size() - 1).tsMs) {
                steps.add(point);
            }
        }
        Entry from = before;
        Entry to = points.get(points.size() - 1);
        for (int i = 1; i < steps.size(); i++) {
            if (i == 1 || steps.get(i).tsMs - steps.get(i - 1).tsMs > to.tsMs - from.tsMs) {
                from = steps.get(i - 1);
                to = steps.get(i);
            }
        }
        long sinceMs = from == before ? lifeBefore : platform(home, from.tsMs);
        long lifeMs = Math.max(sinceMs, platform(home, to.tsMs));
        long step = to.register - from.register;
        Long size = meter.announced == null ? null : meter.announced.registerSize;
        if (step < 0 && size != null && 2 * from.register > size && 2 * to.register < size) {
            step += size;
        }
        BigDecimal first = to.demand == null ? mean : BigDecimal.valueOf(to.demand);
        long counted = first == null ? 0 : energy(first, home.cadenceMs);
        String gained =
                step < 0 || home.exports || meter.isInterval()
                        ? "null"
                        : PlainLedger.units(Math.max(0, step - counted));
        String expected =
                mean == null
                        ? "null"
                        : PlainLedger.units(
                                energy(mean, Math.max(0, lifeMs - sinceMs - home.cadenceMs)));
        return "%020d [\"%s\",%d,%d,%s,%s,%d]"
                .formatted(lifeMs, meter.id, lifeMs, sinceMs, gained, expected, home.cadenceMs);
    }

    private static long energy(BigDecimal demand, long lengthMs) {
        return demand.multiply(BigDecimal.valueOf(lengthMs))
                .divide(BigDecimal.valueOf(3_600_000), 0, RoundingMode.DOWN)
                .longValueExact();
    }

    /** Time that a partition's clock went, by all that was written before the slice's end. */
    private long passedMs(int partition, long sinceMs, long nowMs, long endMs) {
        Written all = written.get(partition);
        List<Long> times = all == null ? List.of() : all.times;
        int count = firstAtOrAfter(times, endMs);
        if (count == 0) {
            return 0;
        }
        long passedMs = both(all, sinceMs, nowMs, sinceMs, times.get(0));
        for (int i = Math.max(1, firstAtOrAfter(times, sinceMs)); i < count; i++) {
            if (times.get(i) - times.get(i - 1) <= QUIET_MS) {
                passedMs += both(all, sinceMs, nowMs, times.get(i - 1), times.get(i));
            }
        }
        return passedMs;
    }

    private static int firstAtOrAfter(List<Long> times, long timeMs) {
        int found = Collections.binarySearch(times, timeMs - 1);
        int first = found < 0 ? -found - 1 : found;
        while (first < times.size() && times.get(first) < timeMs) {
            first++;
        }
        return first;
    }

    private static long both(
            Written all, long fromMs, long toMs, long otherFromMs, long otherToMs) {
        return all.openMs(Math.max(fromMs, otherFromMs), Math.min(toMs, otherToMs));
    }

    /**
     * Readings missed: up to 2, the first at once if the meter says that it lost power before; 3 if
     * the meter is silent, 4 if for a cadence (5 s) and 5 s more, 5 if it does not live.
     */
    private int missed(Home home, long endMs) {
        if (home.lifeMs() == null) {
            return 5;
        }
        long leadMs = home.lagMicros == null ? 0 : -Math.floorDiv(home.lagMicros, 1_000);
        long nowMs = endMs - (home.isAhead() ? 10_000 : Math.max(0, leadMs));
        long age = passedMs(home.partition, life(home), nowMs, endMs);
        long silence = Math.max(3 * home.cadenceMs, 30_000);
        if (age > Math.max(10 * silence, 3_600_000)) {
            return 5;
        }
        if (home.cadenceMs == 0) {
            return 0;
        }
        if (age > silence) {
            return age > silence + Math.max(home.cadenceMs, 5_000) + 5_000 ? 4 : 3;
        }
        if (age > 2 * home.cadenceMs + 1_000) {
            return 2;
        }
        long dueMs = home.cadenceMs + Math.max(home.cadenceMs / 5, 1_000);
        long lostMs = home.lostPowerMs == null ? -1 : home.lostPowerMs - life(home);
        return age > dueMs || (lostMs >= 0 && lostMs <= dueMs) ? 1 : 0;
    }

    /** After a slice, with all meters that are known. */
    void close(long endMs, Map<String, PlainLedger.Meter> meters) {
        homes.forEach((key, home) -> hearSigns(key.substring(0, key.indexOf(' ')), home, endMs));
        Map<String, List<String>> byFeeder = new TreeMap<>();
        for (var each : meters.entrySet()) {
            PlainLedger.Meter meter = each.getValue();
            Home home = homes.computeIfAbsent(each.getKey(), none -> new Home());
            home.cadenceMs = meter.cadenceMs();
            home.area = meter.last == null ? "" : meter.last.geohash.substring(0, 5);
            boolean isHome = meter.commodity.equals("electricity") && !meter.id.endsWith(":export");
            home.feeder = isHome ? placeOf(meter, home.area) : null;
            home.missed = missed(home, endMs);
            if (home.feeder != null) {
                Feeder feeder = feeders.computeIfAbsent(home.feeder, none -> new Feeder());
                feeder.lastLifeMs = Math.max(feeder.lastLifeMs, life(home));
                byFeeder.computeIfAbsent(home.feeder, none -> new ArrayList<>()).add(each.getKey());
            }
        }
        feeders.forEach(
                (name, feeder) ->
                        judge(name, feeder, byFeeder.getOrDefault(name, List.of()), endMs));
    }

    /** Its feeder, or where it was read if none is known. */
    @Nullable
    private static String placeOf(PlainLedger.Meter meter, String area) {
        if (meter.announced != null && meter.announced.feeder != null) {
            return meter.announced.feeder;
        }
        return area.isEmpty() ? null : "area:" + area;
    }

    private static String gasp(Home home) {
        boolean isSince = home.lostPowerMs != null && home.lostPowerMs >= life(home);
        return isSince ? "," + home.lostPowerMs : "";
    }

    private void judge(String name, Feeder feeder, List<String> keys, long endMs) {
        Map<String, Home> members =
                keys.stream()
                        .collect(
                                Collectors.toMap(
                                        key -> key.substring(0, key.indexOf(' ')), homes::get));
        int least = name.startsWith("area:") ? 2 : 1;
        List<String> missed =
                members.keySet().stream()
                        .filter(id -> members.get(id).missed >= least)
                        .filter(id -> members.get(id).missed <= 4)
                        .sorted(
                                Comparator.comparingLong((String id) -> -life(members.get(id)))
                                        .thenComparing(Comparator.naturalOrder()))
                        .toList();
        long twice = missed.stream().filter(id -> members.get(id).missed >= 2).count();
        long silent = missed.stream().filter(id -> members.get(id).missed >= 3).count();
        long alive = members.values().stream().filter(home -> home.missed < 5).count();
        Map<String, Long> areas =
                members.values().stream()
                        .filter(home -> !home.area.isEmpty())
                        .collect(
                                Collectors.groupingBy(
                                        home -> home.area, TreeMap::new, Collectors.counting()));
        String area = "";
        for (var each : areas.entrySet()) {
            area = each.getValue() > areas.getOrDefault(area, 0L) ? each.getKey() : area;
        }
        String state =
                ",\"area\":\"%s\",\"members\":%d,\"alive\":%d,\"missed\":[%s],\"missed_count\":%d,\"missed_twice\":%d,\"silent\":%d"
                        .formatted(
                                area,
                                members.size(),
                                alive,
                                missed.stream()
                                        .map(
                                                id ->
                                                        "[\"%s\",%d,%d,%d%s]"
                                                                .formatted(
                                                                        id,
                                                                        life(members.get(id)),
                                                                        members.get(id).cadenceMs,
                                                                        members.get(id).missed,
                                                                        gasp(members.get(id))))
                                        .collect(Collectors.joining(",")),
                                missed.size(),
                                twice,
                                silent);
        if (feeder.lastLifeMs > feeder.lifeBeforeMs) {
            feeder.lifeBeforeMs = feeder.lastLifeMs;
            feeder.lifeEndMs = endMs;
        }
        boolean wasOpen = feeder.isOpen;
        long due =
                missed.stream()
                        .map(members::get)
                        .filter(home -> life(home) + home.cadenceMs > feeder.lastLifeMs)
                        .count();
        boolean isBad = due >= 4 || twice >= 3 || silent >= 1;
        feeder.isOpen = isBad || (wasOpen && (twice > 0 || missed.size() >= 4));
        boolean isOther = !feeder.returned.isEmpty() || !state.equals(feeder.said);
        boolean isNews = wasOpen != feeder.isOpen || (feeder.isOpen && isOther) || feeder.hasGone;
        feeder.newsMs = isNews ? endMs : feeder.newsMs;
        long quietMs = endMs - feeder.newsMs;
        long everyMs =
                quietMs <= 7_200_000 ? 60_000 : quietMs <= 86_400_000 ? 3_600_000 : 86_400_000;
        if (isNews || (feeder.isOpen && endMs % everyMs == 0)) {
            feeder.said = state;
            facts.put(
                    name + " " + endMs,
                    "{\"kind\":\"feeder_slice\",\"subject\":\"%s\",\"at_ms\":%d,\"last_life_ms\":%d%s%s,\"returned\":[%s]}"
                            .formatted(
                                    name,
                                    endMs,
                                    feeder.lastLifeMs,
                                    supply(name, feeder),
                                    state,
                                    feeder.returned.stream()
                                            .sorted()
                                            .map(each -> each.substring(each.indexOf(' ') + 1))
                                            .collect(Collectors.joining(","))));
        }
        feeder.returned.clear();
        feeder.hasGone = false;
    }
}
