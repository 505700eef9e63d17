package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import javax.annotation.Nullable;

/** True or false. */
final class BooleanField extends Field {
    private boolean value;

    BooleanField(String name) {
        super(name, "a boolean", "true or false");
    }

    boolean value() {
        return value;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) {
        value = token == JsonToken.VALUE_TRUE;
        return value || token == JsonToken.VALUE_FALSE ? null : Problem.WRONG_TYPE;
    }
}
