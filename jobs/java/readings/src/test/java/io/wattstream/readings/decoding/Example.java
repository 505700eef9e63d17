package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.annotation.Nullable;

/**
 * A message of {@code contracts/examples/}, and what it is by the contract.
 *
 * @param line as contracts/README.md says
 */
public record Example(JsonNode line) {
    private static final Path FOLDER =
            Path.of(System.getProperty("basedir", "."), "../../../contracts/examples");

    /** Those of all files. */
    public static List<Example> all() throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<Example> examples = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    examples.add(new Example(json.readTree(line)));
                }
            }
        }
        return examples;
    }

    /** The value of the record; made anew each time, since some have megabytes. */
    @Nullable
    public byte[] message() {
        if (line.has("base64")) {
            try {
                return line.get("base64").binaryValue();
            } catch (IOException e) {
                throw new AssertionError(line.toString(), e);
            }
        }
        JsonNode message = line.get("message");
        if (message.isNull()) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        if (message.isTextual()) {
            text.append(message.asText());
        }
        for (JsonNode part : message) {
            text.append(part.get(0).asText().repeat(part.get(1).asInt()));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** {@code reading}, {@code announcement}, {@code heartbeat}, or the reason of the reject. */
    public String verdict() {
        return line.get("verdict").asText();
    }

    /**
     * The value of a field of a reading or an announcement, those of three decimals in thousandths,
     * whether a heartbeat is closing, or what an event says; null of others.
     */
    @Nullable
    Object value(String field) {
        JsonNode value = line.path("values").path(field);
        if (value.isMissingNode() && field.equals("revision")) {
            return 0L;
        }
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (value.isBoolean()) {
            return value.asBoolean();
        }
        if (value.isTextual()) {
            return value.asText();
        }
        return field.equals("voltage_v") ? (Object) value.asDouble() : (Object) value.asLong();
    }

    @Override
    public String toString() {
        return line.get("name").asText();
    }
}
