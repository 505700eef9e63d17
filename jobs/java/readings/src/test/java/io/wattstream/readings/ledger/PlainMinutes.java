package io.wattstream.readings.ledger;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Minutes of feeders by the rules as they are told: at the end of each slice every meter is looked
 * at anew, and a minute is the mean of what was seen.
 */
final class PlainMinutes {
    private static final long MINUTE_MS = 60_000;

    private record Seen(
            long homes,
            BigDecimal drawn,
            boolean isSupplied,
            long voltages,
            long low,
            long lowered,
            long high,
            long raised) {}

    private final long sliceMs;
    private final Map<String, List<Seen>> seen = new TreeMap<>();
    private final Map<String, Integer> calm = new HashMap<>();

    /** By {@code feeder minute_end}. */
    final Map<String, String> minutes = new TreeMap<>();

    PlainMinutes(long sliceMs) {
        this.sliceMs = sliceMs;
    }

    /** After a slice, with all meters that are known. */
    void close(long endMs, Map<String, PlainLedger.Meter> meters) {
        Map<String, List<PlainLedger.Meter>> byFeeder = new TreeMap<>();
        seen.keySet().forEach(feeder -> byFeeder.put(feeder, new ArrayList<>()));
        for (PlainLedger.Meter meter : meters.values()) {
            if (meter.announced != null
                    && meter.announced.feeder != null
                    && !meter.announced.feeder.startsWith("area:")) {
                byFeeder.computeIfAbsent(meter.announced.feeder, none -> new ArrayList<>())
                        .add(meter);
            }
        }
        byFeeder.forEach(
                (feeder, behind) -> {
                    List<Seen> slices = seen.computeIfAbsent(feeder, none -> new ArrayList<>());
                    slices.add(see(behind, endMs));
                    if (endMs % MINUTE_MS == 0) {
                        end(feeder, behind, slices, endMs);
                        slices.clear();
                    }
                });
    }

    private static boolean isHome(PlainLedger.Meter meter) {
        return meter.commodity.equals("electricity") && !meter.id.endsWith(":export");
    }

    private static Seen see(List<PlainLedger.Meter> behind, long endMs) {
        List<PlainLedger.Meter> live =
                behind.stream()
                        .filter(each -> each.last != null)
                        .filter(each -> each.news0 > 0 || each.holdsUntilMs() >= endMs)
                        .toList();
        List<Long> homes = demands(live.stream().filter(PlainMinutes::isHome));
        List<Long> supplies =
                demands(live.stream().filter(each -> each.commodity.equals("supply")));
        List<Double> volts =
                live.stream()
                        .filter(PlainMinutes::isHome)
                        .filter(each -> each.cadenceMs() <= 5 * MINUTE_MS)
                        .map(each -> each.last.volts)
                        .filter(Objects::nonNull)
                        // As they are kept.
                        .map(each -> Math.floor(each * 100 + 0.5) / 100)
                        .toList();
        return new Seen(
                homes.size(),
                (supplies.isEmpty() ? homes : supplies)
                        .stream().map(BigDecimal::valueOf).reduce(BigDecimal.ZERO, BigDecimal::add),
                !supplies.isEmpty(),
                volts.size(),
                volts.stream().filter(each -> each < 207).count(),
                volts.stream().filter(each -> each < 209.3).count(),
                volts.stream().filter(each -> each > 253).count(),
                volts.stream().filter(each -> each > 250.7).count());
    }

    private static List<Long> demands(Stream<PlainLedger.Meter> meters) {
        return meters.map(each -> each.demand).filter(Objects::nonNull).toList();
    }

    private void end(String feeder, List<PlainLedger.Meter> behind, List<Seen> slices, long endMs) {
        BigDecimal drawn = mean(slices, Seen::drawn);
        long capacityW =
                behind.stream()
                        .filter(each -> each.commodity.equals("supply"))
                        .map(each -> each.announced.capacityW)
                        .filter(Objects::nonNull)
                        .mapToLong(each -> each)
                        .sum();
        boolean isLoaded =
                capacityW > 0 && drawn.abs().compareTo(BigDecimal.valueOf(750L * capacityW)) >= 0;
        boolean isOutside = slices.stream().anyMatch(each -> each.low + each.high > 0);
        boolean isNearly = slices.stream().anyMatch(each -> each.lowered + each.raised > 0);
        int calmBefore = calm.getOrDefault(feeder, 5);
        if (isLoaded || isOutside || (isNearly && calmBefore < 5)) {
            calm.put(feeder, 0);
        } else {
            calm.put(feeder, calmBefore + 1);
        }
        if (calm.get(feeder) > 5) {
            return;
        }
        Map<String, PlainLedger.Meter> homes =
                behind.stream()
                        .filter(PlainMinutes::isHome)
                        .collect(Collectors.toMap(each -> each.id, each -> each));
        Map<String, Long> areas =
                homes.values().stream()
                        .filter(each -> each.last != null)
                        .collect(
                                Collectors.groupingBy(
                                        each -> each.last.geohash.substring(0, 5),
                                        TreeMap::new,
                                        Collectors.counting()));
        String area = "";
        for (var each : areas.entrySet()) {
            area = each.getValue() > areas.getOrDefault(area, 0L) ? each.getKey() : area;
        }
        minutes.put(
                feeder + " " + endMs,
                "{\"kind\":\"feeder_minute\",\"subject\":\"%s\",\"at_ms\":%d,\"area\":\"%s\",\"members\":%d,\"homes\":%s,\"demand_w\":%s,\"by_supply\":%s,\"capacity_w\":%s,\"voltages\":%s,\"low\":%s,\"lowered\":%s,\"high\":%s,\"raised\":%s}"
                        .formatted(
                                feeder,
                                endMs,
                                area,
                                homes.size(),
                                count(slices, Seen::homes),
                                drawn.movePointLeft(3).setScale(3),
                                slices.get(slices.size() - 1).isSupplied,
                                capacityW == 0 ? "null" : String.valueOf(capacityW),
                                count(slices, Seen::voltages),
                                count(slices, Seen::low),
                                count(slices, Seen::lowered),
                                count(slices, Seen::high),
                                count(slices, Seen::raised)));
    }

    /** Thousandths, with what is beyond them cut off. */
    private BigDecimal mean(List<Seen> slices, Function<Seen, BigDecimal> figure) {
        return slices.stream()
                .map(figure)
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .divide(BigDecimal.valueOf(MINUTE_MS / sliceMs), 0, RoundingMode.DOWN);
    }

    private String count(List<Seen> slices, Function<Seen, Long> figure) {
        return mean(slices, each -> BigDecimal.valueOf(1_000 * figure.apply(each)))
                .movePointLeft(3)
                .setScale(3)
                .toPlainString();
    }
}
