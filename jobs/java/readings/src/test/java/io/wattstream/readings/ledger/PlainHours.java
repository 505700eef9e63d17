package io.wattstream.readings.ledger;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import javax.annotation.Nullable;

/**
 * Hours of meters by the rules as they are told: of each meter there is a list of all that it ever
 * said, and an hour is worked out of it anew.
 */
final class PlainHours {
    private static final long HOUR_MS = 3_600_000;

    /**
     * By {@code meter hour_end} and the columns: a meter that is removed, and heard again, is
     * another one.
     */
    final Map<String, String> hours = new TreeMap<>();

    /** A reading that became the latest one, and the step that it ends. */
    private static final class Link {
        final long tsMs;
        long register;
        final long gained;
        final boolean fell;

        /** Whether its register was below that of the reading before, rolled over or not. */
        final boolean isLower;

        final long numbers;
        @Nullable final Long demand;
        final long heldMs;

        /** What is added by other words on it. */
        long corrected;

        /** Whether one of them said less than the one before. */
        boolean isLowered;

        /** Where it was when it was the latest. */
        String geohash;

        Link(
                Entry word,
                long gained,
                boolean fell,
                boolean isLower,
                long numbers,
                boolean isMarked,
                long heldMs) {
            this.tsMs = word.tsMs;
            this.register = word.register;
            this.gained = gained;
            this.fell = fell;
            this.isLower = isLower;
            this.numbers = numbers;
            this.demand = isMarked ? null : word.demand;
            this.heldMs = heldMs;
            this.geohash = word.geohash;
        }
    }

    /** Something that was said of a time when the chain was so long. */
    private record Said(long tsMs, int links, long energy) {}

    /** What an earlier reading than the latest said when the chain was so long. */
    private record Before(long tsMs, int links, long register, boolean isAboveLatest) {}

    private record Judged(boolean isJudged, boolean lags, boolean isUsed, boolean fell) {}

    /** What a meter said. */
    static final class Home {
        private final List<Link> chain = new ArrayList<>();
        private final List<Said> news = new ArrayList<>();
        private final List<Said> energies = new ArrayList<>();
        private final List<Before> befores = new ArrayList<>();
        private final List<Judged> said = new ArrayList<>();

        /** By the number of the hour, -1 where it is not whole. */
        private final TreeMap<Long, Long> wholes = new TreeMap<>();

        /** Numbers of hours in which nothing was counted. */
        private final TreeSet<Long> zeros = new TreeSet<>();

        /** Of each hour that was said, whether there was a base load. */
        private final List<Boolean> bases = new ArrayList<>();

        private int looked;
        private long saidMs = Long.MIN_VALUE;
        @Nullable private Long offMs;
        @Nullable private Long installedMs;
        private boolean isInterval;
        private int kindAtLinks;
        private int kindAtEnergies;

        /** The first reading. */
        void first(Entry word) {
            chain.add(new Link(word, 0, false, false, 1, true, 0));
        }

        /** Another word on the latest reading. */
        void correct(Entry word) {
            Link last = chain.get(chain.size() - 1);
            if (chain.size() > 1) {
                last.corrected += word.register - last.register;
            }
            last.isLowered |= word.register < last.register;
            last.register = word.register;
            last.geohash = word.geohash;
        }

        /** A newer reading; its step gained so much, or fell. */
        void advance(Entry before, Entry word, long gained, boolean fell, long cadenceMs) {
            long heldMs = Math.min(Math.min(word.tsMs - before.tsMs, 2 * cadenceMs), HOUR_MS);
            long numbers = PlainLedger.step(before.seq, word.seq);
            boolean isLower = word.register < before.register;
            chain.add(new Link(word, gained, fell, isLower, numbers, word.revision > 0, heldMs));
        }

        /** A reading before the latest, for the first time or otherwise. */
        void hearBefore(Entry word, Entry latest) {
            boolean isAbove = word.register > latest.register;
            befores.add(new Before(word.tsMs, chain.size(), word.register, isAbove));
        }

        /** A reading that had not been heard. */
        void hear(Entry word) {
            news.add(new Said(word.tsMs, chain.size(), 0));
        }

        /** An energy that counts. */
        void count(Entry word) {
            energies.add(new Said(word.tsMs, chain.size(), word.energy));
        }
    }

    private static long start(long tsMs) {
        return Math.floorDiv(tsMs - 1, HOUR_MS) * HOUR_MS;
    }

    static void announce(Home home, Entry entry, long endMs) {
        boolean isOff = "off".equals(entry.supply);
        home.offMs = isOff ? (home.offMs == null ? (Long) endMs : home.offMs) : null;
        home.installedMs = entry.installedMs;
        boolean isInterval = "interval".equals(entry.kind);
        if (isInterval != home.isInterval) {
            home.isInterval = isInterval;
            home.kindAtLinks = home.chain.size();
            home.kindAtEnergies = home.energies.size();
        }
    }

    /** After the words of a slice. */
    void end(PlainLedger.Meter meter) {
        Home home = meter.home;
        List<Link> chain = home.chain;
        for (int link = Math.max(1, home.looked); link < chain.size(); link++) {
            long hourMs = start(chain.get(link - 1).tsMs);
            if (start(chain.get(link).tsMs) != hourMs) {
                say(meter, hourMs, link);
            }
        }
        home.looked = chain.size();
        if (!chain.isEmpty() && chain.get(chain.size() - 1).tsMs % HOUR_MS == 0) {
            say(meter, start(chain.get(chain.size() - 1).tsMs), chain.size());
        }
    }

    /** Of the first so many links. */
    private void say(PlainLedger.Meter meter, long hourMs, int links) {
        Home home = meter.home;
        if (home.saidMs == hourMs) {
            return;
        }
        home.saidMs = hourMs;
        int first = links;
        while (first > 0 && start(home.chain.get(first - 1).tsMs) == hourMs) {
            first--;
        }
        List<Link> steps = home.chain.subList(first, links);
        int from = first;
        long readings =
                home.news.stream()
                        .filter(each -> start(each.tsMs) == hourMs)
                        .filter(each -> each.links > from && each.links <= links)
                        .count();
        long expected = steps.stream().mapToLong(each -> each.numbers).sum();
        long gained =
                IntStream.range(Math.max(first, home.kindAtLinks), links)
                        .mapToLong(
                                each ->
                                        home.chain.get(each).gained
                                                + home.chain.get(each).corrected)
                        .sum();
        long intervals =
                home.energies.stream()
                        .skip(home.kindAtEnergies)
                        .filter(each -> start(each.tsMs) == hourMs)
                        .filter(each -> each.links > from && each.links <= links)
                        .mapToLong(each -> each.energy)
                        .sum();
        // The first reading of all ends no step.
        List<Link> drawn =
                steps.stream()
                        .filter(each -> each.demand != null && each != home.chain.get(0))
                        .toList();
        BigInteger time = BigInteger.ZERO;
        for (Link each : drawn) {
            time =
                    time.add(
                            BigInteger.valueOf(each.demand)
                                    .multiply(BigInteger.valueOf(each.heldMs)));
        }
        Long byDemand =
                home.isInterval || drawn.isEmpty()
                        ? null
                        : (Long) time.divide(BigInteger.valueOf(HOUR_MS)).longValueExact();
        long energy = home.isInterval ? intervals : gained;
        Long fellMs = null;
        for (Link each : home.chain.subList(0, links)) {
            fellMs = each.fell ? (Long) each.tsMs : fellMs;
        }
        fellMs = home.isInterval ? null : fellMs;
        boolean isOff =
                home.offMs != null && first > 0 && home.offMs <= home.chain.get(first - 1).tsMs;
        boolean isJudged = byDemand != null && byDemand >= 200_000 && readings * 10 >= expected * 9;
        home.said.add(
                new Judged(
                        isJudged,
                        isJudged && energy * 10 < byDemand * 8,
                        isOff && energy > 50_000,
                        fellMs != null && start(fellMs) == hourMs));
        if (!meter.commodity.equals("electricity") || meter.id.endsWith(":export")) {
            return;
        }
        Link last = home.chain.get(links - 1);
        boolean isOutOfRange =
                first > 0
                        && home.befores.stream()
                                .filter(each -> start(each.tsMs) == hourMs)
                                .filter(each -> each.links > from && each.links <= links)
                                .anyMatch(
                                        each ->
                                                each.isAboveLatest
                                                        || each.register
                                                                < home.chain.get(from - 1)
                                                                        .register);
        boolean isWhole =
                first > 0
                        && isRead(home.chain, first, hourMs)
                        && (last.tsMs == hourMs + HOUR_MS
                                || (links < home.chain.size()
                                        && isRead(home.chain, links, hourMs + HOUR_MS)))
                        && home.kindAtLinks <= first
                        && energy >= 0
                        && energy < 1L << 31
                        && (home.isInterval
                                ? readings == expected
                                : !isOutOfRange
                                        && steps.stream()
                                                .noneMatch(each -> each.isLower || each.isLowered));
        long hour = hourMs / HOUR_MS + 1;
        home.wholes.put(hour, isWhole ? energy : -1);
        if (energy <= 0) {
            home.zeros.add(hour);
        }
        home.bases.add(home.zeros.subSet(hour - 23, true, hour, true).size() < 3);
        long running =
                LongStream.iterate(hour, home.zeros::contains, each -> each - 1).limit(27).count();
        String energies =
                LongStream.rangeClosed(hour - 26, hour)
                        .mapToObj(each -> "" + home.wholes.getOrDefault(each, -1L))
                        .collect(Collectors.joining(","));
        List<Judged> judged = home.said.stream().filter(Judged::isJudged).toList();
        hours.put(
                "%s %d %s %d %s %d %d %d %s %s %s %s %s %s %s %d %s %s"
                        .formatted(
                                meter.id,
                                hourMs + HOUR_MS,
                                last.geohash.substring(0, 5),
                                energy,
                                byDemand,
                                readings,
                                expected,
                                last.register,
                                fellMs,
                                isOff ? home.offMs : null,
                                home.installedMs,
                                isJudged
                                        ? ago(judged.stream().map(Judged::lags).toList(), 7)
                                        : null,
                                ago(home.said.stream().map(Judged::isUsed).toList(), 7),
                                ago(home.said.stream().map(Judged::fell).toList(), 31),
                                checksum(meter.id),
                                running,
                                idle(home.bases),
                                energies),
                "");
    }

    /** CRC-32 of a name, bit by bit. */
    private static long checksum(String name) {
        int sum = -1;
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            sum ^= each & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                sum = (sum & 1) == 0 ? sum >>> 1 : (sum >>> 1) ^ 0xEDB88320;
            }
        }
        return ~sum & 0xFFFF_FFFFL;
    }

    /** Whether the register was read at an instant, the step over which ends with that link. */
    private static boolean isRead(List<Link> chain, int link, long atMs) {
        long beforeMs = chain.get(link - 1).tsMs;
        long stepMs = chain.get(link).tsMs - beforeMs;
        return beforeMs == atMs
                || stepMs <= 5 * 60_000
                || (stepMs <= HOUR_MS && chain.get(link).numbers == 1);
    }

    /**
     * For how many hours there has been no base load after 56 days with one, 30 days at most; 0 in
     * the first with one.
     */
    @Nullable
    private static Integer idle(List<Boolean> bases) {
        int end = bases.size();
        if (bases.get(end - 1)) {
            end--;
        }
        List<Boolean> all = bases.subList(0, end);
        if (all.isEmpty() || all.get(end - 1)) {
            return null;
        }
        int first = all.lastIndexOf(true) + 1;
        int with = first - 1 - all.subList(0, first).lastIndexOf(false);
        if (with < 56 * 24 || end - first > 30 * 24) {
            return null;
        }
        return end < bases.size() ? 0 : end - first;
    }

    /** How many came after the last one that was, if they are fewer than so many. */
    @Nullable
    private static Integer ago(List<Boolean> all, int fewer) {
        int ago = all.size() - 1 - all.lastIndexOf(true);
        return all.contains(true) && ago < fewer ? (Integer) ago : null;
    }
}
