package io.wattstream.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who may read and write which topics, as Mosquitto's access lists say it. */
final class AccessList {
    private static final String EVERYBODY = "";

    /** What somebody may do with the topics of a filter, which has {@code %u} for the name. */
    private record Rule(String user, boolean writes, String filter) {}

    private final List<Rule> rules = new ArrayList<>();

    /**
     * Reads a list of {@code user}, {@code topic read}, {@code topic write} and {@code pattern
     * write}.
     *
     * @throws IOException it cannot be read
     * @throws IllegalArgumentException it has a line of another kind
     */
    AccessList(Path file) throws IOException {
        String user = null;
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] words = line.split(" ", 3);
            String kind = words.length == 3 ? words[0] + " " + words[1] : words[0];
            switch (kind) {
                case "user" -> user = words[1];
                case "topic read", "topic write" -> {
                    if (user == null) {
                        throw new IllegalArgumentException(file + ": whose is " + line);
                    }
                    rules.add(new Rule(user, kind.endsWith("write"), words[2]));
                }
                case "pattern write" -> rules.add(new Rule(EVERYBODY, true, words[2]));
                default -> throw new IllegalArgumentException(file + ": unknown is " + line);
            }
        }
    }

    /** The filters whose topics somebody may read. */
    List<String> reads(String name) {
        return of(name, false);
    }

    /** The filters whose topics somebody may write. */
    List<String> writes(String name) {
        return of(name, true);
    }

    private List<String> of(String name, boolean writes) {
        return rules.stream()
                .filter(each -> each.writes == writes)
                .filter(each -> each.user.equals(EVERYBODY) || each.user.equals(name))
                .map(each -> each.filter.replace("%u", name))
                .toList();
    }

    /** Whether a topic is one of a filter's. */
    static boolean fits(String filter, String topic) {
        String[] wanted = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            if (i == levels.length || !(wanted[i].equals("+") || wanted[i].equals(levels[i]))) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }
}
