package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** Whether a heartbeat says that its writer closes: only true says so, and nothing is wrong. */
final class ClosingField extends Field {
    private boolean value;

    ClosingField() {
        super("closing", "true", "true");
    }

    boolean value() {
        return isThere() && value;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        value = token == JsonToken.VALUE_TRUE;
        json.skipChildren();
        return null;
    }
}
