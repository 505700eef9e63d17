package io.wattstream.readings.decoding;

import io.wattstream.readings.decoding.Problem.Finding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** The fields of an object, in the order of the schema; others that it has are skipped. */
final class FieldList {
    private final int required;
    private final Field[] fields;

    /**
     * @param required how many of them, from the first one on, the object must have
     */
    FieldList(int required, Field... fields) {
        this.required = required;
        this.fields = fields;
    }

    /**
     * Takes an object whose brace the parser stands on, and leaves the parser at the other brace.
     */
    void read(JsonParser json, byte[] message) throws IOException {
        for (Field field : fields) {
            field.forget();
        }
        int next = 0;
        while (true) {
            // Most producers keep the schema's order, and Jackson is quick to compare with a guess.
            boolean guessed = json.nextFieldName(fields[next].jsonName());
            if (json.currentToken() != JsonToken.FIELD_NAME) {
                return;
            }
            int position = guessed ? next : position(json.currentName());
            json.nextToken();
            if (position < 0) {
                json.skipChildren();
            } else {
                fields[position].read(json, message);
                next = (position + 1) % fields.length;
            }
        }
    }

    /** What is wrong with the first of these fields that is not as it must be, or null. */
    @Nullable
    Finding firstFinding() {
        for (int i = 0; i < fields.length; i++) {
            Finding found = i < required ? fields[i].findingIfRequired() : fields[i].finding();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Position of a field, or -1. */
    private int position(String name) {
        for (int i = 0; i < fields.length; i++) {
            if (fields[i].jsonName().getValue().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
