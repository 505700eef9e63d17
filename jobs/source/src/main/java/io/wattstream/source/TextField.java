package io.wattstream.source;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.table.data.StringData;

import java.io.IOException;

import javax.annotation.Nullable;

/** A string of so many characters out of an ASCII alphabet. */
final class TextField extends Field {
    private final boolean[] allowed = new boolean[128];
    private final int shortest;
    private final int longest;
    private StringData value;

    TextField(String name, String alphabet, String alphabetInWords, int shortest, int longest) {
        super(
                name,
                "a string",
                "%d to %d characters of %s".formatted(shortest, longest, alphabetInWords));
        alphabet.chars().forEach(character -> allowed[character] = true);
        this.shortest = shortest;
        this.longest = longest;
    }

    StringData value() {
        return value;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            return Problem.WRONG_TYPE;
        }
        int length = json.getTextLength();
        if (length < shortest || length > longest) {
            return Problem.OUT_OF_RANGE;
        }
        char[] text = json.getTextCharacters();
        int start = json.getTextOffset();
        byte[] ascii = new byte[length];
        for (int i = 0; i < length; i++) {
            char character = text[start + i];
            if (character >= allowed.length || !allowed[character]) {
                return Problem.OUT_OF_RANGE;
            }
            ascii[i] = (byte) character;
        }
        value = StringData.fromBytes(ascii);
        return null;
    }
}
