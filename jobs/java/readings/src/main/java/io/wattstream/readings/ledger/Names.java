package io.wattstream.readings.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Names of feeders and regions by number, in the order in which they were met; 0 is none. */
final class Names {
    private final List<String> names = new ArrayList<>(List.of(""));
    private final Map<String, Integer> numbers = new HashMap<>(Map.of("", 0));

    int number(String name) {
        Integer number = numbers.get(name);
        if (number == null) {
            number = names.size();
            numbers.put(name, number);
            names.add(name);
        }
        return number;
    }

    String name(int number) {
        return names.get(number);
    }

    int size() {
        return names.size();
    }
}
