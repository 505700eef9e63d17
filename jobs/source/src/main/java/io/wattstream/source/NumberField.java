package io.wattstream.source;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** A number between two limits, read as an IEEE double. */
final class NumberField extends Field {
    private final long smallest;
    private final long largest;
    private double value;

    NumberField(String name, long smallest, long largest) {
        super(name, "a number", "from " + smallest + " to " + largest);
        this.smallest = smallest;
        this.largest = largest;
    }

    double value() {
        return value;
    }

    /** The value in whole thousandths, halves rounded up. */
    long thousandths() {
        return (long) Math.floor(value * 1000.0 + 0.5);
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            return Problem.WRONG_TYPE;
        }
        // A number too large for a double is infinite here, and so outside of any limits.
        value = json.getDoubleValue();
        return value >= smallest && value <= largest ? null : Problem.OUT_OF_RANGE;
    }
}
