package io.wattstream.readings.decoding;

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
    int takePlain(byte[] message, int at) {
        if (at >= message.length || message[at] != '"') {
            return -1;
        }
        int start = at + 1;
        int end = start;
        while (end < message.length && message[end] >= 0 && allowed[message[end]]) {
            end++;
        }
        int length = end - start;
        if (end >= message.length || message[end] != '"' || length < shortest || length > longest) {
            return -1;
        }
        value = StringData.fromBytes(message, start, length);
        return end + 1;
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
