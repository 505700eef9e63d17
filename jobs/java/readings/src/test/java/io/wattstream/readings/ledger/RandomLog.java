package io.wattstream.readings.ledger;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

import javax.annotation.Nullable;

/**
 * Logs of meters that lose, repeat, revise, are late, wrap, begin again, move, are announced and
 * removed, within what a ledger remembers.
 */
final class RandomLog {
    /** How long before midnight a log begins. */
    private static final long BEFORE_MS = 240_000;

    private static final String[] PLACES = {"u1003bc", "u1003bd", "u1018bc", "gcpvj0duq534"};

    /** How long meters go on. */
    private static final long LENGTH_MS = 600_000;

    private final Random random;
    private final Random devices;

    /** Of what changes nothing but signs of life. */
    private final Random ahead;

    /** Of what meters say when they lose power. */
    private final Random gasps;

    private final long startMs;

    /**
     * @param midnightMs around which the log is
     */
    RandomLog(long seed, long midnightMs) {
        random = new Random(seed);
        devices = new Random(seed);
        ahead = new Random(~seed);
        gasps = new Random(31 * seed + 7);
        startMs = midnightMs - BEFORE_MS;
    }

    /** Partitions with the records of each in their order. */
    List<List<Entry>> partitions(int count, int meters) {
        List<List<Entry>> partitions = new ArrayList<>();
        for (int partition = 0; partition < count; partition++) {
            partitions.add(new ArrayList<>());
        }
        for (int meter = 0; meter < meters; meter++) {
            partitions.get(random.nextInt(count)).addAll(meter(meter));
        }
        for (int meter = 0; meter < 3; meter++) {
            partitions.get(ahead.nextInt(count)).addAll(alwaysAhead("ahead" + meter));
        }
        for (int partition = 0; partition < count; partition++) {
            partitions.get(partition).addAll(heartbeats());
            // Stable: a meter's records of one instant stay in their order.
            partitions.get(partition).sort(Comparator.comparingLong(entry -> entry.arrivalMs));
            for (Entry entry : partitions.get(partition)) {
                entry.in(partition);
            }
        }
        return partitions;
    }

    /** Heartbeats of a writer that is gone now and then, in the end for good. */
    private List<Entry> heartbeats() {
        List<Entry> heartbeats = new ArrayList<>();
        long timeMs = startMs;
        long closedMs = startMs;
        long untilMs = startMs + LENGTH_MS + random.nextInt(7_200_000);
        while (timeMs < untilMs) {
            if (ahead.nextInt(60) == 0) {
                closedMs = timeMs + ahead.nextInt(60_000);
            }
            heartbeats.add(timeMs < closedMs ? Entry.closing(timeMs) : Entry.heartbeat(timeMs));
            timeMs += random.nextInt(100) == 0 ? random.nextInt(60_000) : random.nextInt(9_000);
        }
        return heartbeats;
    }

    private List<Entry> meter(int number) {
        String id = (number % 3 == 0 ? "meter-with-quite-a-long-name-" : "m") + number;
        String commodity = number % 4 == 3 ? "gas" : "electricity";
        if (number % 8 == 7) {
            id = "m1";
        } else if (number == 5) {
            commodity = "supply";
        }
        long[] cadences = {1_000, 1_000, 10_000, 60_000, 1_800_000};
        long cadenceMs = cadences[random.nextInt(cadences.length)];
        boolean isInterval = random.nextInt(3) == 0;
        boolean saysDemand = random.nextInt(3) > 0;
        long typicalWayMs = random.nextInt(3) == 0 ? 20_000 : 800;
        long[] seqs = {0, 65_530, 4_294_967_290L, 753_889, random.nextInt(1_000)};
        long seq = seqs[random.nextInt(seqs.length)];
        long wrap = seq < 65_536 ? 65_536 : 4_294_967_296L;
        long register = random.nextInt(2) == 0 ? 99_990_000L + random.nextInt(9_999) : 5_001;
        String place = PLACES[random.nextInt(PLACES.length)];
        List<Entry> log = new ArrayList<>();
        if (number % 4 == 0) {
            log.add(Entry.announcement(startMs).feeder("feeder-0"));
        }
        if (random.nextBoolean()) {
            log.add(announce(startMs + random.nextInt(60_000), isInterval));
        }
        long tsMs = startMs + random.nextInt((int) Math.min(cadenceMs, BEFORE_MS));
        // A revision must come while it is remembered what was said; a repeat may at any time.
        List<Entry> recent = new ArrayList<>();
        List<Entry> steady = new ArrayList<>();
        while (tsMs < startMs + LENGTH_MS) {
            boolean isLost = random.nextInt(60) == 0;
            if (!isLost) {
                Entry reading =
                        Entry.reading(tsMs, way(typicalWayMs), seq, register)
                                .at(place)
                                .demand(
                                        saysDemand && random.nextInt(9) > 0
                                                ? (Long) (random.nextInt(4_000_000) - 500_000L)
                                                : null)
                                .energy(isInterval ? (Long) (long) random.nextInt(9_000) : null)
                                .volts(volts())
                                .quality(random.nextInt(9) == 0 ? "estimated" : null);
                log.add(reading);
                if (random.nextInt(20) == 0) {
                    steady.add(reading);
                } else {
                    recent.add(reading);
                }
                if (recent.size() > 2) {
                    recent.remove(0);
                }
            }
            if (ahead.nextInt(isLost ? 2 : 30) == 0) {
                log.add(tooFarAhead(tsMs, seq));
            }
            if (random.nextInt(10) == 0 && !recent.isEmpty()) {
                log.add(otherwise(recent.get(random.nextInt(recent.size()))));
            }
            if (random.nextInt(20) == 0 && !steady.isEmpty()) {
                Entry known = steady.get(random.nextInt(steady.size()));
                log.add(again(known, Math.max(0, tsMs - known.arrivalMs) + way(4_000)));
            }
            if (random.nextInt(200) == 0) {
                log.add(announce(tsMs + random.nextInt(9_000), random.nextBoolean()));
            }
            if (random.nextInt(300) == 0) {
                log.add(Entry.announcement(tsMs + random.nextInt(9_000)).removed());
            }
            if (random.nextInt(40) == 0) {
                place = PLACES[random.nextInt(PLACES.length)];
            }
            long steps = random.nextInt(80) == 0 ? 1 + random.nextInt(100) : 1;
            if (gasps.nextInt(steps > 1 ? 2 : 60) == 0 && commodity.equals("electricity")) {
                log.add(gasp(tsMs, cadenceMs));
            }
            long next = (seq + steps) % wrap;
            if (random.nextInt(100) == 0 && seq > 200) {
                next = random.nextInt(5);
            }
            // Some readings share an instant, as at an exchange.
            tsMs += random.nextInt(60) == 0 && next > seq ? 0 : cadenceMs * steps;
            seq = next;
            register += random.nextInt(2_000);
            if (random.nextInt(60) == 0 || register >= 100_000_000) {
                register = random.nextInt(100);
            }
        }
        for (Entry entry : log) {
            entry.of(id).commodity(commodity);
        }
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        return log;
    }

    @Nullable
    private Double volts() {
        double[] odd = {200, 206.994, 206.995, 209.29, 209.3, 250.7, 250.71, 253, 253.01, 260};
        return switch (random.nextInt(9)) {
            case 0, 1 -> 229.995 + random.nextInt(9);
            case 2, 3 -> odd[random.nextInt(odd.length)];
            default -> null;
        };
    }

    /** A reading of a clock that is so far ahead that nothing else of it counts. */
    private Entry tooFarAhead(long sentMs, long seq) {
        long wayMs = ahead.nextInt(ahead.nextInt(10) == 0 ? 60_000 : 1_000);
        long aheadMs = ahead.nextInt(5) == 0 ? ahead.nextLong(100_000_000_000L) : 5_000;
        return Entry.reading(
                sentMs + wayMs + Entry.AHEAD_MS + 1 + aheadMs,
                -Entry.AHEAD_MS - 1 - aheadMs,
                seq,
                7);
    }

    /** Of a time since a reading, or before it, of a good clock or one that is ahead. */
    private Entry gasp(long tsMs, long cadenceMs) {
        long lostMs = tsMs + gasps.nextInt((int) Math.min(cadenceMs, 60_000));
        long clockMs = gasps.nextInt(20) == 0 ? 15_000 - gasps.nextInt(90_000) : 0;
        return Entry.gasp(lostMs + clockMs, 100L + gasps.nextInt(30_000) - clockMs);
    }

    /** A meter whose clock is ahead, by little or much, and that is silent now and then. */
    private List<Entry> alwaysAhead(String id) {
        List<Entry> log = new ArrayList<>();
        log.add(Entry.announcement(startMs).of(id).feeder("feeder-0").cadenceMs(5_000L));
        long aheadMs = ahead.nextBoolean() ? 10_300 : 15_000;
        long seq = 0;
        long silentMs = startMs;
        for (long sentMs = startMs; sentMs < startMs + LENGTH_MS; sentMs += 5_000) {
            long wayMs = 100L + ahead.nextInt(ahead.nextInt(20) == 0 ? 60_000 : 800);
            if (sentMs >= silentMs) {
                log.add(Entry.reading(sentMs + aheadMs, wayMs - aheadMs, seq, seq).of(id));
            }
            if (ahead.nextInt(30) == 0) {
                silentMs = sentMs + ahead.nextInt(90_000);
                if (gasps.nextBoolean()) {
                    log.add(gasp(sentMs + aheadMs, 5_000).of(id));
                }
            }
            seq = ahead.nextInt(60) == 0 ? 0 : seq + 1;
        }
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        return log;
    }

    private long way(long typicalMs) {
        return switch (random.nextInt(10)) {
            case 0 -> random.nextInt(6_000);
            case 1 -> random.nextInt(4) == 0 ? random.nextInt(120_000) : random.nextInt(60_000);
            default -> random.nextInt((int) typicalMs);
        };
    }

    private static Entry again(Entry reading, long afterMs) {
        return Entry.reading(
                        reading.tsMs,
                        reading.arrivalMs - reading.tsMs + afterMs,
                        reading.seq,
                        reading.register)
                .at(reading.geohash)
                .demand(reading.demand)
                .energy(reading.energy)
                .quality(reading.quality);
    }

    /** A reading that comes again soon: as it was, otherwise, or as a revision with a number. */
    private Entry otherwise(Entry reading) {
        Entry again = again(reading, random.nextInt(2_000));
        switch (random.nextInt(5)) {
            case 0 -> again.register += 500 - random.nextInt(1_000);
            case 1 -> again.demand(reading.demand == null ? (Long) 77_000L : null);
            case 2 -> {
                again.revision(1 + random.nextInt(2));
                again.register += random.nextInt(1_000);
                again.energy(random.nextBoolean() ? (Long) (100L - random.nextInt(200)) : null);
                again.quality("edited");
            }
            default -> {}
        }
        return again;
    }

    private Entry announce(long arrivalMs, boolean isInterval) {
        return Entry.announcement(arrivalMs)
                .feeder(random.nextInt(4) > 0 ? "feeder-" + random.nextInt(3) : null)
                .region(random.nextInt(4) > 0 ? "US-CA" : null)
                .cadenceMs(
                        random.nextInt(3) == 0
                                ? (Long) new long[] {1_000, 60_000, 1_800_000}[random.nextInt(3)]
                                : null)
                .kind(isInterval ? "interval" : random.nextBoolean() ? "register" : null)
                .registerSize(random.nextInt(3) == 0 ? (Long) 100_000_000L : null)
                .capacityW(random.nextInt(4) > 0 ? (Long) (500L + random.nextInt(4_000)) : null)
                .supply(devices.nextInt(3) == 0 ? "off" : devices.nextBoolean() ? "on" : null)
                .installedMs(devices.nextBoolean() ? (Long) arrivalMs : null);
    }
}
