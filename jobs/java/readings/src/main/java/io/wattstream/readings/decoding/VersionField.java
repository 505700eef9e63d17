package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** The version of the schema that the message follows: 1, if it is there. */
final class VersionField extends Field {
    VersionField() {
        super("v", "1", "1");
    }

    @Override
    boolean nullIsAbsent() {
        return false;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        boolean number =
                token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
        return number && json.getDoubleValue() == 1 ? null : Problem.UNSUPPORTED_VERSION;
    }
}
