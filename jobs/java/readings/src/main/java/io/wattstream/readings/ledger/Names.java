package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names of feeders and regions by number, in the order in which they were met; 0 is none. An area
 * that stands in for a feeder has the name of one.
 */
final class Names {
    /** With what those of areas begin: contracts/facts.py. */
    private static final String AREA_PREFIX = "area:";

    private final List<String> names = new ArrayList<>(List.of(""));
    private final Map<String, Integer> numbers = new HashMap<>(Map.of("", 0));

    /** Numbers of those that are areas'. */
    private final BitSet areas = new BitSet();

    int number(String name) {
        Integer number = numbers.get(name);
        if (number == null) {
            number = names.size();
            numbers.put(name, number);
            names.add(name);
            areas.set(number, name.startsWith(AREA_PREFIX));
        }
        return number;
    }

    /** Number of an area that stands in for a feeder. */
    int ofArea(int area) {
        String name = new String(Geohash.areaName(area), StandardCharsets.US_ASCII);
        return number(AREA_PREFIX + name);
    }

    /** Whether it is an area that stands in for a feeder. */
    boolean isArea(int number) {
        return areas.get(number);
    }

    String name(int number) {
        return names.get(number);
    }

    int size() {
        return names.size();
    }
}
