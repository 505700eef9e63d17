package io.wattstream.readings.ledger;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import javax.annotation.Nullable;

/**
 * What comes of a log, by the rules as they are told: a meter is an object, each slice is looked at
 * with every meter, and what can be worked out from all that was said is worked out anew.
 */
final class PlainLedger {
    private static final long DAY_MS = 86_400_000;
    private static final long MINUTE_MS = 60_000;
    private static final BigInteger MAX_DEMAND = BigInteger.valueOf(1_000_000_000_000L);

    private final Rules rules;
    private final long lastEndMs;
    private final Map<String, Meter> meters = new TreeMap<>();
    private final Map<String, List<Word>> history = new TreeMap<>();
    private final Map<String, Boolean> slow = new HashMap<>();

    /** By {@code commodity/area/meter}. */
    final Map<String, Live> live = new TreeMap<>();

    /** By {@code meter commodity start corrected_at}: geohash and figures. */
    final Map<String, String> minutes = new TreeMap<>();

    final Map<String, String> periods = new TreeMap<>();

    /** By {@code kind name commodity slice_end}: the figures, where something changed. */
    final Map<String, String> groupSlices = new TreeMap<>();

    /** By {@code area commodity minute}: readings, meters, silent, demand. */
    final Map<String, String> areaMinutes = new TreeMap<>();

    /** By {@code commodity measure minute_end}: the JSON, where it says something else. */
    final Map<String, String> largest = new TreeMap<>();

    private enum Kind {
        NEW,
        REPEAT,
        REVISION
    }

    private record At(long tsMs, long seq) implements Comparable<At> {
        @Override
        public int compareTo(At other) {
            return Comparator.comparingLong(At::tsMs)
                    .thenComparingLong(At::seq)
                    .compare(this, other);
        }
    }

    private record Word(Entry entry, Kind kind) {
        At at() {
            return new At(entry.tsMs, entry.seq);
        }
    }

    /**
     * A live value: when it was said, and the JSON as of then but for that and the repeats.
     *
     * @param allRepeats of the whole log
     */
    record Live(long sliceEndMs, String json, long repeats, long allRepeats) {}

    private record Point(long tsMs, long register, long total) {}

    static final class Meter {
        final String id;
        final String commodity;
        @Nullable Entry announced;
        final Map<String, Entry> said = new HashMap<>();
        final TreeSet<At> news = new TreeSet<>();
        @Nullable Entry last;
        @Nullable At first;
        long repeats;
        long revisions;
        final List<Long> learned = new ArrayList<>();
        long resets;
        long resetMs;
        long total;
        Point base = new Point(0, 0, 0);
        final Map<Long, Long> energies = new HashMap<>();
        @Nullable Long demand;
        int news0;
        @Nullable String told;
        long toldMs;
        long toldRepeats;

        /** Of the slice: the latest reading before, and what facts ask for. */
        @Nullable Entry lastBefore;

        boolean isSetBack;
        boolean isTold;
        boolean saidNegative;

        /** What it said, for its hours. */
        final PlainHours.Home home = new PlainHours.Home();

        Meter(String id, String commodity) {
            this.id = id;
            this.commodity = commodity;
        }

        At lastAt() {
            return new At(last.tsMs, last.seq);
        }

        Kind classify(Entry word) {
            String key = word.tsMs + " " + word.seq + " " + word.revision;
            Entry before = said.put(key, word);
            if (word.revision > 0) {
                return before == null ? Kind.REVISION : Kind.REPEAT;
            }
            if (before == null) {
                return Kind.NEW;
            }
            return before.register == word.register
                            && Objects.equals(before.demand, word.demand)
                            && Objects.equals(before.energy, word.energy)
                    ? Kind.REPEAT
                    : Kind.REVISION;
        }

        long cadenceMs() {
            if (announced != null && announced.cadenceMs != null) {
                return announced.cadenceMs;
            }
            return learned.subList(Math.max(0, learned.size() - 2), learned.size()).stream()
                    .mapToLong(each -> each)
                    .min()
                    .orElse(0);
        }

        long holdsUntilMs() {
            long cadence = cadenceMs() == 0 ? 1_800_000 : cadenceMs();
            return last.tsMs + Math.max(3 * cadence, 30_000);
        }

        boolean isInterval() {
            return announced != null && "interval".equals(announced.kind);
        }

        long energyToday() {
            return isInterval()
                    ? energies.getOrDefault(day(last.tsMs - 1), 0L)
                    : total - base.total;
        }

        long lost() {
            long lost = 0;
            At before = null;
            for (At at : news) {
                lost += before == null ? 0 : step(before.seq, at.seq) - 1;
                before = at;
            }
            return lost;
        }

        /** Applies the words of a slice, and says what became of each. */
        List<Kind> hear(List<Entry> words) {
            lastBefore = last;
            isSetBack = false;
            long totalBefore = total;
            List<Kind> kinds = new ArrayList<>();
            Map<At, Entry> onTime = new LinkedHashMap<>();
            Entry decider = null;
            boolean hasAdvanced = false;
            boolean hasReset = false;
            for (Entry word : words) {
                Kind kind = classify(word);
                kinds.add(kind);
                if (kind == Kind.REPEAT) {
                    repeats++;
                    continue;
                }
                At at = new At(word.tsMs, word.seq);
                if (kind == Kind.NEW) {
                    news.add(at);
                    news0++;
                } else {
                    revisions++;
                }
                if (word.energy != null && (kind == Kind.NEW || word.revision > 0)) {
                    energies.merge(day(word.tsMs - 1), word.energy, Long::sum);
                }
                if (!word.isLate() && word.revision == 0) {
                    onTime.put(at, word);
                }
                isSetBack |=
                        kind == Kind.NEW
                                && last != null
                                && word.tsMs < last.tsMs
                                && word.seq > last.seq;
                if (last == null) {
                    first = at;
                    base = new Point(word.tsMs, word.register, 0);
                    last = word;
                    decider = word;
                    home.first(word);
                } else if (at.compareTo(lastAt()) == 0) {
                    total += word.register - last.register;
                    last = word;
                    home.correct(word);
                    if (at.equals(first)) {
                        base = new Point(word.tsMs, word.register, total);
                    }
                    if (word.revision == 0) {
                        decider = word;
                    }
                } else if (at.compareTo(lastAt()) > 0) {
                    long resetsBefore = resets;
                    long totalAtStep = total;
                    advance(word);
                    hasAdvanced = true;
                    hasReset = resets > resetsBefore;
                    home.advance(last, word, total - totalAtStep, hasReset, cadenceMs());
                    last = word;
                    decider = word;
                } else {
                    home.hearBefore(word, last);
                    boolean isNearer =
                            kind == Kind.NEW
                                    && word.isLate()
                                    && base.tsMs < word.tsMs
                                    && word.tsMs <= day(last.tsMs - 1)
                                    && word.register >= base.register;
                    if (isNearer) {
                        long more = word.register - base.register;
                        base = new Point(word.tsMs, word.register, base.total + more);
                    }
                }
                if (kind == Kind.NEW) {
                    home.hear(word);
                }
                if (word.energy != null && (kind == Kind.NEW || word.revision > 0)) {
                    home.count(word);
                }
            }
            isTold = decider != null;
            saidNegative =
                    onTime.values().stream()
                            .anyMatch(each -> each.demand != null && each.demand < 0);
            if (decider != null) {
                boolean isToldByRegister =
                        !isInterval()
                                && lastBefore != null
                                && hasAdvanced
                                && !hasReset
                                && last.tsMs > lastBefore.tsMs;
                Long told =
                        isToldByRegister
                                ? told(total - totalBefore, last.tsMs - lastBefore.tsMs)
                                : null;
                List<Long> demands =
                        onTime.values().stream()
                                .map(each -> each.demand)
                                .filter(Objects::nonNull)
                                .toList();
                if (decider.isLate()) {
                    demand =
                            decider.revision == 0 && decider.demand != null ? decider.demand : told;
                } else {
                    demand =
                            demands.isEmpty()
                                    ? told
                                    : (Long)
                                            (demands.stream().mapToLong(each -> each).sum()
                                                    / demands.size());
                }
            }
            return kinds;
        }

        private void advance(Entry word) {
            if (word.revision == 0 && word.seq > last.seq) {
                long cadence = (word.tsMs - last.tsMs) / (word.seq - last.seq);
                if (cadence > 0) {
                    learned.add(cadence);
                }
            }
            if (day(word.tsMs - 1) != day(last.tsMs - 1)) {
                base = new Point(last.tsMs, last.register, total);
            }
            if (word.register >= last.register) {
                total += word.register - last.register;
                return;
            }
            Long size = announced == null ? null : announced.registerSize;
            if (size != null && 2 * last.register > size && 2 * word.register < size) {
                total += size - last.register + word.register;
            } else {
                resets++;
                resetMs = word.tsMs;
            }
        }

        @Nullable
        private static Long told(long energy, long lengthMs) {
            BigInteger told =
                    BigInteger.valueOf(energy)
                            .multiply(BigInteger.valueOf(3_600_000))
                            .divide(BigInteger.valueOf(lengthMs));
            return told.abs().compareTo(MAX_DEMAND) > 0 ? null : told.longValue();
        }

        /** All but the end of the slice and the repeats, in the order of the fields. */
        String json() {
            StringBuilder json = new StringBuilder();
            json.append("\"readings\":").append(news.size());
            json.append(",\"last_ms\":").append(last.tsMs);
            json.append(",\"holds_until_ms\":").append(holdsUntilMs());
            json.append(",\"late\":").append(last.isLate());
            json.append(",\"geohash\":\"").append(last.geohash);
            json.append("\",\"commodity\":\"").append(commodity);
            json.append("\",\"register\":").append(units(last.register));
            json.append(",\"demand\":").append(demand == null ? "null" : units(demand));
            json.append(",\"energy_today\":").append(units(energyToday()));
            json.append(revisions == 0 ? "" : ",\"revisions\":" + revisions);
            json.append(lost() == 0 ? "" : ",\"lost\":" + lost());
            json.append(resets == 0 ? "" : ",\"resets\":" + resets + ",\"reset_ms\":" + resetMs);
            json.append(cadenceMs() == 0 ? "" : ",\"cadence_ms\":" + cadenceMs());
            if (last.volts != null) {
                long centivolts = (long) Math.floor(last.volts * 100 + 0.5);
                json.append(",\"voltage_v\":").append(units(centivolts * 10));
            }
            if (last.quality != null && !last.quality.equals("measured")) {
                json.append(",\"quality\":\"").append(last.quality).append('"');
            }
            if (announced != null && announced.feeder != null) {
                json.append(",\"feeder\":\"").append(announced.feeder).append('"');
            }
            if (announced != null && announced.region != null) {
                json.append(",\"region\":\"").append(announced.region).append('"');
            }
            return json.append('}').toString();
        }
    }

    private final PlainFacts plainFacts;
    private final PlainHours plainHours = new PlainHours();

    /** As it has them. */
    final Map<String, String> hours = plainHours.hours;

    /** By {@code feeder slice_end}: the JSON. */
    final Map<String, String> facts;

    private final PlainMinutes plainMinutes;

    /** By {@code feeder minute_end}: the JSON. */
    final Map<String, String> feederMinutes;

    /**
     * @param log each meter's records in their order
     * @param lastEndMs end of the last slice that has closed
     */
    PlainLedger(List<Entry> log, Rules rules, long lastEndMs) {
        this.rules = rules;
        this.lastEndMs = lastEndMs;
        plainFacts = new PlainFacts(log);
        facts = plainFacts.facts;
        plainMinutes = new PlainMinutes(rules.sliceMs());
        feederMinutes = plainMinutes.minutes;
        work(log.stream().filter(entry -> !entry.isHeartbeat).toList());
        work();
    }

    private static String key(Entry entry) {
        return entry.meter + " " + entry.commodity;
    }

    private void work(List<Entry> log) {
        TreeMap<Long, List<Entry>> announcements = new TreeMap<>();
        TreeMap<Long, Map<String, List<Entry>>> words = new TreeMap<>();
        TreeMap<Long, List<Entry>> ahead = new TreeMap<>();
        TreeMap<Long, List<Entry>> gasps = new TreeMap<>();
        for (Entry entry : log) {
            long endMs = end(heardMs(entry));
            if (entry.isGasp) {
                if (!entry.isAhead()) {
                    gasps.computeIfAbsent(endMs, end -> new ArrayList<>()).add(entry);
                }
            } else if (entry.isAhead()) {
                ahead.computeIfAbsent(endMs, end -> new ArrayList<>()).add(entry);
            } else if (entry.isAnnouncement) {
                announcements.computeIfAbsent(endMs, end -> new ArrayList<>()).add(entry);
            } else {
                words.computeIfAbsent(endMs, end -> new TreeMap<>())
                        .computeIfAbsent(key(entry), meter -> new ArrayList<>())
                        .add(entry);
            }
        }
        long firstMs =
                log.stream().mapToLong(entry -> end(heardMs(entry))).min().orElse(lastEndMs + 1);
        Map<String, long[]> groupsBefore = new TreeMap<>();
        Map<String, List<long[]>> ofMinutes = new TreeMap<>();
        TreeSet<String> touched = new TreeSet<>();
        Map<String, String> largestBefore = new HashMap<>();
        for (long endMs = firstMs; endMs <= lastEndMs; endMs += rules.sliceMs()) {
            for (Meter meter : meters.values()) {
                meter.news0 = 0;
            }
            for (Entry entry : announcements.getOrDefault(endMs, List.of())) {
                if (entry.removed) {
                    meters.remove(key(entry));
                    plainFacts.remove(key(entry));
                } else {
                    Meter meter =
                            meters.computeIfAbsent(
                                    key(entry), key -> new Meter(entry.meter, entry.commodity));
                    meter.announced = entry;
                    PlainHours.announce(meter.home, entry, endMs);
                }
            }
            for (var said : words.getOrDefault(endMs, Map.of()).entrySet()) {
                hear(said.getKey(), said.getValue(), endMs);
            }
            for (Entry entry : ahead.getOrDefault(endMs, List.of())) {
                plainFacts.hearAhead(key(entry), meters.get(key(entry)), entry);
            }
            for (Entry entry : gasps.getOrDefault(endMs, List.of())) {
                plainFacts.losePower(entry.meter + " electricity", entry.tsMs);
            }
            for (Meter meter : meters.values()) {
                if (meter.last != null && !meter.json().equals(meter.told)) {
                    tell(meter, endMs);
                }
            }
            for (long windowMs = start(endMs - rules.sliceMs(), rules.correctionWindowMs());
                    windowMs < endMs;
                    windowMs += rules.correctionWindowMs()) {
                long windowEndMs = windowMs + rules.correctionWindowMs();
                if (end(windowEndMs - 1) == endMs) {
                    for (var each : meters.entrySet()) {
                        slow.put(
                                each.getKey() + " corrected " + windowMs,
                                each.getValue().cadenceMs() >= rules.periodMs());
                    }
                }
            }
            groups(endMs, groupsBefore, ofMinutes, touched);
            plainFacts.close(endMs, meters);
            plainMinutes.close(endMs, meters);
            if (endMs % MINUTE_MS == 0) {
                for (String commodity : List.of("electricity", "gas", "water", "supply")) {
                    largest(commodity + " power", powers(commodity, endMs), endMs, largestBefore);
                    largest(
                            commodity + " energy",
                            energies(commodity, endMs),
                            endMs,
                            largestBefore);
                }
            }
        }
        for (String minute : touched) {
            long endMs = Long.parseLong(minute.substring(minute.lastIndexOf(' ') + 1)) + MINUTE_MS;
            if (endMs <= lastEndMs) {
                areaMinutes.put(minute, areaMinute(ofMinutes.get(minute)));
            }
        }
        for (Meter meter : meters.values()) {
            if (meter.last != null) {
                live.put(
                        meter.commodity + "/" + meter.last.geohash.substring(0, 5) + "/" + meter.id,
                        new Live(meter.toldMs, meter.told, meter.toldRepeats, meter.repeats));
            }
        }
    }

    /** By what its slice is found. */
    private static long heardMs(Entry entry) {
        boolean isByArrival = !entry.isReading() || entry.isLate() || entry.isAhead();
        return isByArrival ? entry.arrivalMs : entry.tsMs;
    }

    private static void tell(Meter meter, long endMs) {
        meter.told = meter.json();
        meter.toldMs = endMs;
        meter.toldRepeats = meter.repeats;
    }

    private void hear(String key, List<Entry> said, long endMs) {
        Entry any = said.get(0);
        Meter meter = meters.computeIfAbsent(key, each -> new Meter(any.meter, any.commodity));
        List<Entry> inOrder =
                new ArrayList<>(said.stream().filter(each -> !each.isLate()).toList());
        inOrder.sort(
                Comparator.comparingLong((Entry each) -> each.tsMs)
                        .thenComparingLong(each -> each.seq));
        int onTime = inOrder.size();
        inOrder.addAll(said.stream().filter(Entry::isLate).toList());
        List<Kind> kinds = meter.hear(inOrder);
        plainFacts.hear(key, meter, inOrder, endMs);
        for (int i = 0; i < kinds.size(); i++) {
            if (kinds.get(i) == Kind.NEW) {
                plainFacts.supply(key, meter, inOrder.get(i), endMs);
            }
        }
        plainHours.end(meter);
        boolean isKeptOnTime = false;
        for (int i = 0; i < kinds.size(); i++) {
            Entry word = inOrder.get(i);
            if (kinds.get(i) == Kind.REPEAT) {
                continue;
            }
            isKeptOnTime |= i < onTime;
            long correctedAtMs =
                    word.isLate() ? start(word.arrivalMs, rules.correctionWindowMs()) : 0;
            for (long lengthMs : new long[] {MINUTE_MS, rules.periodMs()}) {
                history.computeIfAbsent(
                                lengthMs
                                        + " "
                                        + correctedAtMs
                                        + " "
                                        + start(word.tsMs, lengthMs)
                                        + " "
                                        + key,
                                row -> new ArrayList<>())
                        .add(new Word(word, kinds.get(i)));
            }
        }
        if (kinds.stream().anyMatch(kind -> kind != Kind.REPEAT)) {
            tell(meter, endMs);
        }
        if (isKeptOnTime) {
            long minuteMs = start(endMs - rules.sliceMs(), MINUTE_MS);
            slow.put(key + " minute " + minuteMs, meter.cadenceMs() >= rules.periodMs());
        }
    }

    private void groups(
            long endMs,
            Map<String, long[]> before,
            Map<String, List<long[]>> ofMinutes,
            Set<String> touched) {
        Map<String, long[]> drawn = new TreeMap<>();
        for (Meter meter : meters.values()) {
            if (meter.last == null) {
                continue;
            }
            boolean reports = meter.news0 > 0;
            boolean holds = !reports && meter.holdsUntilMs() >= endMs;
            boolean isToday = day(meter.last.tsMs - 1) == day(endMs - 1);
            long[] adds = {
                (reports || holds) && meter.demand != null ? meter.demand : 0,
                reports ? 1 : 0,
                holds ? 1 : 0,
                reports || holds ? 0 : 1,
                isToday ? meter.energyToday() : 0,
                meter.news0
            };
            add(drawn, "area " + meter.last.geohash.substring(0, 5), meter, adds);
            if (meter.announced != null && meter.announced.feeder != null) {
                add(drawn, "feeder " + meter.announced.feeder, meter, adds);
            }
            if (meter.announced != null && meter.announced.region != null) {
                add(drawn, "region " + meter.announced.region, meter, adds);
            }
        }
        for (String gone : before.keySet()) {
            drawn.putIfAbsent(gone, new long[6]);
        }
        drawn.forEach(
                (group, figures) -> {
                    long[] old = before.getOrDefault(group, new long[6]);
                    boolean isChanged = figures[5] != 0;
                    for (int i = 0; i < 5; i++) {
                        isChanged |= figures[i] != old[i];
                    }
                    if (isChanged) {
                        groupSlices.put(
                                group + " " + endMs,
                                "%d %d %d %d %d"
                                        .formatted(
                                                figures[0],
                                                figures[1],
                                                figures[2],
                                                figures[3],
                                                figures[4]));
                    }
                    if (group.startsWith("area ")) {
                        String minute =
                                group.substring("area ".length())
                                        + " "
                                        + start(endMs - 1, MINUTE_MS);
                        ofMinutes.computeIfAbsent(minute, each -> new ArrayList<>()).add(figures);
                        if (isChanged) {
                            touched.add(minute);
                        }
                    }
                });
        before.clear();
        before.putAll(drawn);
    }

    private Map<Meter, Long> powers(String commodity, long endMs) {
        Map<Meter, Long> powers = new HashMap<>();
        for (Meter meter : meters.values()) {
            boolean draws =
                    meter.last != null && (meter.news0 > 0 || meter.holdsUntilMs() >= endMs);
            if (draws && meter.demand != null && meter.commodity.equals(commodity)) {
                powers.put(meter, meter.demand);
            }
        }
        return powers;
    }

    private Map<Meter, Long> energies(String commodity, long endMs) {
        Map<Meter, Long> energies = new HashMap<>();
        for (Meter meter : meters.values()) {
            if (meter.last != null
                    && day(meter.last.tsMs - 1) == day(endMs - 1)
                    && meter.commodity.equals(commodity)) {
                energies.put(meter, meter.energyToday());
            }
        }
        return energies;
    }

    private void largest(
            String key, Map<Meter, Long> values, long endMs, Map<String, String> before) {
        String meters =
                values.keySet().stream()
                        .filter(meter -> values.get(meter) > 0)
                        .sorted(
                                Comparator.comparing((Meter meter) -> -values.get(meter))
                                        .thenComparing(meter -> meter.id))
                        .limit(10)
                        .map(
                                meter ->
                                        "{\"meter_id\":\"%s\",\"area\":\"%s\",\"value\":%s}"
                                                .formatted(
                                                        meter.id,
                                                        meter.last.geohash.substring(0, 5),
                                                        units(values.get(meter))))
                        .collect(Collectors.joining(",", "[", "]"));
        if (!meters.equals(before.getOrDefault(key, "[]"))) {
            largest.put(
                    key + " " + endMs,
                    "{\"slice_end_ms\":%d,\"meters\":%s}".formatted(endMs, meters));
        }
        before.put(key, meters);
    }

    private static void add(Map<String, long[]> groups, String group, Meter meter, long[] adds) {
        long[] sums = groups.computeIfAbsent(group + " " + meter.commodity, each -> new long[6]);
        for (int i = 0; i < sums.length; i++) {
            sums[i] += adds[i];
        }
    }

    private static String areaMinute(List<long[]> slices) {
        List<long[]> there =
                slices.stream().filter(each -> each[1] + each[2] + each[3] > 0).toList();
        return "%d %d %d %d"
                .formatted(
                        slices.stream().mapToLong(each -> each[5]).sum(),
                        there.stream().mapToLong(each -> each[1] + each[2]).max().orElse(0),
                        there.stream().mapToLong(each -> each[3]).max().orElse(0),
                        there.stream().mapToLong(each -> each[0]).sum()
                                / Math.max(1, there.size()));
    }

    /** Rows of history. */
    private void work() {
        history.forEach(
                (row, words) -> {
                    String[] parts = row.split(" ", 4);
                    long lengthMs = Long.parseLong(parts[0]);
                    long correctedAtMs = Long.parseLong(parts[1]);
                    long startMs = Long.parseLong(parts[2]);
                    boolean isMinute = lengthMs == MINUTE_MS;
                    boolean isClosed =
                            correctedAtMs == 0
                                    ? startMs + lengthMs <= lastEndMs
                                    : end(correctedAtMs + rules.correctionWindowMs() - 1)
                                            <= lastEndMs;
                    if (!isClosed || (isMinute && isLeftOut(parts[3], startMs, correctedAtMs))) {
                        return;
                    }
                    (isMinute ? minutes : periods)
                            .put(parts[3] + " " + startMs + " " + correctedAtMs, figures(words));
                });
    }

    /** Whether the period says the same as a slow meter's minute. */
    private boolean isLeftOut(String meter, long minuteMs, long correctedAtMs) {
        String when = correctedAtMs == 0 ? " minute " + minuteMs : " corrected " + correctedAtMs;
        if (!slow.getOrDefault(meter + when, false)) {
            return false;
        }
        String period =
                rules.periodMs()
                        + " "
                        + correctedAtMs
                        + " "
                        + start(minuteMs, rules.periodMs())
                        + " "
                        + meter;
        if (correctedAtMs == 0
                && start(minuteMs, rules.periodMs()) + rules.periodMs() > lastEndMs) {
            // It is told when the period closes, or another minute of it comes.
            return history.get(period).stream()
                    .noneMatch(
                            word ->
                                    start(word.entry.tsMs, MINUTE_MS) > minuteMs
                                            && start(word.entry.tsMs, MINUTE_MS) + MINUTE_MS
                                                    <= lastEndMs);
        }
        return history.get(period).stream()
                .allMatch(word -> start(word.entry.tsMs, MINUTE_MS) == minuteMs);
    }

    private static String figures(List<Word> words) {
        TreeMap<At, List<Word>> groups = new TreeMap<>();
        for (Word word : words) {
            groups.computeIfAbsent(word.at(), at -> new ArrayList<>()).add(word);
        }
        long readings = 0;
        long expected = 1;
        List<Long> demands = new ArrayList<>();
        List<Long> energies = new ArrayList<>();
        List<Long> registers = new ArrayList<>();
        long estimated = 0;
        At before = null;
        Entry kept = null;
        Entry first = null;
        for (var group : groups.entrySet()) {
            At at = group.getKey();
            expected += before == null ? 0 : step(before.seq, at.seq);
            before = at;
            Entry unmarked = null;
            boolean isCounted = false;
            for (Word word : group.getValue()) {
                kept = word.entry;
                if (kept.revision == 0) {
                    unmarked = kept;
                } else if (kept.energy != null) {
                    energies.add(kept.energy);
                }
                isCounted |= word.kind == Kind.NEW;
            }
            first = first == null ? kept : first;
            registers.add(kept.register);
            if (isCounted) {
                readings++;
                if (unmarked.demand != null) {
                    demands.add(unmarked.demand);
                }
                if (unmarked.energy != null) {
                    energies.add(unmarked.energy);
                }
                String quality = unmarked.quality;
                estimated +=
                        quality == null || quality.equals("measured") || quality.equals("final")
                                ? 0
                                : 1;
            }
        }
        return kept.geohash
                + " "
                + List.of(
                        readings,
                        readings == 0 ? 0 : expected,
                        first.seq,
                        kept.seq,
                        first.tsMs,
                        kept.tsMs,
                        first.register,
                        kept.register,
                        registers.stream().mapToLong(each -> each).min().orElseThrow(),
                        registers.stream().mapToLong(each -> each).max().orElseThrow(),
                        demands.size(),
                        demands.stream().mapToLong(each -> each).sum(),
                        demands.stream().min(Long::compare).map(Object::toString).orElse("null"),
                        demands.stream().max(Long::compare).map(Object::toString).orElse("null"),
                        energies.stream().reduce(Long::sum).map(Object::toString).orElse("null"),
                        estimated);
    }

    static long step(long from, long to) {
        if (to > from) {
            return to - from;
        }
        if (from < 65_536L && 65_536L - from + to <= 64) {
            return 65_536L - from + to;
        }
        if (from < 4_294_967_296L && 4_294_967_296L - from + to <= 64) {
            return 4_294_967_296L - from + to;
        }
        return 1;
    }

    static String units(long thousandths) {
        return BigDecimal.valueOf(thousandths, 3).toPlainString();
    }

    private static long start(long timeMs, long lengthMs) {
        return timeMs - Math.floorMod(timeMs, lengthMs);
    }

    private static long day(long timeMs) {
        return start(timeMs, DAY_MS);
    }

    private long end(long timeMs) {
        return start(timeMs, rules.sliceMs()) + rules.sliceMs();
    }
}
