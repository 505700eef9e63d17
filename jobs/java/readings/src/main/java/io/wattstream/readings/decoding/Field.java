package io.wattstream.readings.decoding;

import io.wattstream.readings.decoding.Problem.Finding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.SerializableString;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.SerializedString;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/**
 * One field of the message: what the schema says about it, and what the message at hand has in it.
 *
 * <p>Created once and filled again for each message. When a message has the field twice, the last
 * one stands.
 */
abstract class Field {
    private static final int SHOWN_CHARACTERS = 60;
    private static final int MOST_BYTES_OF_A_CHARACTER = 4;

    private final String name;
    private final SerializableString jsonName;
    private final String type;
    private final String range;
    private boolean there;
    @Nullable private Finding finding;

    /**
     * @param name as a sentence says it; what is behind its last dot is the JSON name
     * @param type the JSON type as the end of the sentence "it must be …"
     * @param range the limits of the value, in the same way
     */
    Field(String name, String type, String range) {
        this.name = name;
        this.jsonName = new SerializedString(name.substring(name.lastIndexOf('.') + 1));
        this.type = type;
        this.range = range;
    }

    final SerializableString jsonName() {
        return jsonName;
    }

    /** Whether the message has the field. */
    final boolean isThere() {
        return there;
    }

    /** What is wrong with the field, or null. A field that is not there is not wrong by that. */
    @Nullable
    Finding finding() {
        return finding;
    }

    /** What is wrong with a field that every reading must have, or null. */
    @Nullable
    final Finding findingIfRequired() {
        return there
                ? finding()
                : Problem.MISSING.because(name + " is missing or null; it must be " + type);
    }

    /**
     * Takes a good value that is written in the plainest way; any other is for {@link #read}, which
     * knows all ways and says what is wrong.
     *
     * @param at where the value begins
     * @return where it ends, or -1 if it is not so written, or not good
     */
    final int readPlain(byte[] message, int at) {
        int end = takePlain(message, at);
        there = end >= 0;
        finding = null;
        return end;
    }

    /** As {@link #readPlain}; a field that has no plain way has none. */
    int takePlain(byte[] message, int at) {
        return -1;
    }

    final void forget() {
        there = false;
        finding = null;
    }

    /** Takes the value that the parser stands on, and leaves the parser at the value's end. */
    void read(JsonParser json, byte[] message) throws IOException {
        JsonToken token = json.currentToken();
        there = token != JsonToken.VALUE_NULL || !nullIsAbsent();
        Problem problem = there ? take(json, token) : null;
        finding = problem == null ? null : explain(problem, json, message);
    }

    /** Whether null says the same as leaving the field out. */
    boolean nullIsAbsent() {
        return true;
    }

    /** Keeps the value if it is good, else says what is wrong with it. */
    @Nullable
    abstract Problem take(JsonParser json, JsonToken token) throws IOException;

    private Finding explain(Problem problem, JsonParser json, byte[] message) throws IOException {
        int start = (int) json.currentTokenLocation().getByteOffset();
        json.finishToken();
        json.skipChildren();
        int end = (int) json.currentLocation().getByteOffset();
        String value = shortened(message, start, end);
        String must = problem == Problem.OUT_OF_RANGE ? range : type;
        return problem.because(name + " is " + value + "; it must be " + must);
    }

    /** The JSON text between two offsets of a valid UTF-8 message, cut to 60 characters. */
    static String shortened(byte[] message, int start, int end) {
        int most = Math.min(end - start, (SHOWN_CHARACTERS + 1) * MOST_BYTES_OF_A_CHARACTER);
        String text = new String(message, start, most, StandardCharsets.UTF_8);
        if (text.codePointCount(0, text.length()) <= SHOWN_CHARACTERS) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARACTERS - 1)) + "…";
    }
}
