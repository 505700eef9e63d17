package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import javax.annotation.Nullable;

/** The mark of a heartbeat: true, if it is there. */
final class HeartbeatField extends Field {
    HeartbeatField() {
        super("heartbeat", "a boolean", "true");
    }

    @Override
    boolean nullIsAbsent() {
        return false;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) {
        return switch (token) {
            case VALUE_TRUE -> null;
            case VALUE_FALSE -> Problem.OUT_OF_RANGE;
            default -> Problem.WRONG_TYPE;
        };
    }
}
