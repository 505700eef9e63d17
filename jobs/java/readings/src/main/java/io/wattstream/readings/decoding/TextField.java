package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import javax.annotation.Nullable;

/** A string of so many characters out of an ASCII alphabet. */
final class TextField extends Field {
    private static final String DIGITS = "0123456789";
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
    private static final String NAME_ALPHABET =
            DIGITS + LETTERS + LETTERS.toUpperCase(Locale.ROOT) + "_.:-";
    private static final String GEOHASH_ALPHABET = DIGITS + "bcdefghjkmnpqrstuvwxyz";
    private static final String PRINTABLE =
            IntStream.rangeClosed(' ', '~')
                    .mapToObj(Character::toString)
                    .collect(Collectors.joining());

    private final boolean[] allowed = new boolean[128];
    private final boolean[] plain = new boolean[128];
    private final int shortest;
    private final int longest;
    private StringData value;

    private TextField(
            String name, String alphabet, String alphabetInWords, int shortest, int longest) {
        super(
                name,
                "a string",
                "%d to %d characters of %s".formatted(shortest, longest, alphabetInWords));
        alphabet.chars().forEach(character -> allowed[character] = true);
        System.arraycopy(allowed, 0, plain, 0, plain.length);
        plain['"'] = false;
        plain['\\'] = false;
        this.shortest = shortest;
        this.longest = longest;
    }

    /** A text of any characters that ASCII can print. */
    static TextField printable(String name, int shortest, int longest) {
        return new TextField(name, PRINTABLE, "printable ASCII", shortest, longest);
    }

    /** The name of something, like a meter. */
    static TextField name(String name, int longest) {
        return new TextField(name, NAME_ALPHABET, "A-Z, a-z, 0-9, _, ., : and -", 1, longest);
    }

    /** Where something is. */
    static TextField geohash(String name) {
        return new TextField(name, GEOHASH_ALPHABET, "0-9 and b-z without i, l, o", 5, 12);
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
        while (end < message.length && message[end] >= 0 && plain[message[end]]) {
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
