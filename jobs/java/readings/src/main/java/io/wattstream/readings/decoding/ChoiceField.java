package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import javax.annotation.Nullable;

/** A string that is one of a few. */
final class ChoiceField extends Field {
    private final char[][] choices;
    private final byte[][] quoted;
    private final StringData[] values;
    private StringData value;

    ChoiceField(String name, String... choices) {
        super(name, "a string", "one of " + String.join(", ", choices));
        this.choices = Arrays.stream(choices).map(String::toCharArray).toArray(char[][]::new);
        this.quoted =
                Arrays.stream(choices)
                        .map(choice -> ('"' + choice + '"').getBytes(StandardCharsets.US_ASCII))
                        .toArray(byte[][]::new);
        this.values =
                Arrays.stream(choices)
                        .map(choice -> choice.getBytes(StandardCharsets.US_ASCII))
                        .map(StringData::fromBytes)
                        .toArray(StringData[]::new);
    }

    /** What a meter measures. */
    static ChoiceField commodity(String name) {
        return new ChoiceField(name, "electricity", "gas", "water", "supply");
    }

    StringData value() {
        return value;
    }

    @Override
    int takePlain(byte[] message, int at) {
        for (int i = 0; i < quoted.length; i++) {
            int end = at + quoted[i].length;
            if (end <= message.length
                    && Arrays.equals(message, at, end, quoted[i], 0, quoted[i].length)) {
                value = values[i];
                return end;
            }
        }
        return -1;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            return Problem.WRONG_TYPE;
        }
        int length = json.getTextLength();
        char[] text = json.getTextCharacters();
        int start = json.getTextOffset();
        for (int i = 0; i < choices.length; i++) {
            char[] choice = choices[i];
            if (Arrays.equals(text, start, start + length, choice, 0, choice.length)) {
                value = values[i];
                return null;
            }
        }
        return Problem.OUT_OF_RANGE;
    }
}
