package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser.NumberType;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** A number between two limits, none below 0, written without fraction or exponent. */
final class IntegerField extends Field {
    private final long smallest;
    private final long largest;
    private long value;

    IntegerField(String name, long smallest, long largest) {
        super(
                name,
                "an integer without fraction or exponent",
                "from " + smallest + " to " + largest);
        this.smallest = smallest;
        this.largest = largest;
    }

    long value() {
        return value;
    }

    @Override
    int takePlain(byte[] message, int at) {
        int end = PlainNumber.endOfDigits(message, at);
        if (!PlainNumber.isWhole(message, at, end)) {
            return -1;
        }
        value = PlainNumber.whole(message, at, end);
        return value < smallest || value > largest ? -1 : end;
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            return Problem.WRONG_TYPE;
        }
        if (json.getNumberType() == NumberType.BIG_INTEGER) {
            return Problem.OUT_OF_RANGE;
        }
        value = json.getLongValue();
        return value < smallest || value > largest ? Problem.OUT_OF_RANGE : null;
    }
}
