package io.wattstream.readings.decoding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

import javax.annotation.Nullable;

/** A number between two limits, read as an IEEE double. */
final class NumberField extends Field {
    private final double smallest;
    private final double largest;
    private double value;

    NumberField(String name, long smallest, long largest) {
        this(name, Long.toString(smallest), largest);
    }

    /**
     * As the other.
     *
     * @param smallest as a sentence says it
     */
    NumberField(String name, String smallest, long largest) {
        super(name, "a number", "from " + smallest + " to " + largest);
        this.smallest = Double.parseDouble(smallest);
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
    int takePlain(byte[] message, int at) {
        boolean negative = at < message.length && message[at] == '-';
        int start = negative ? at + 1 : at;
        int point = PlainNumber.endOfDigits(message, start);
        if (!PlainNumber.isWhole(message, start, point)) {
            return -1;
        }
        long digits = PlainNumber.whole(message, start, point);
        int end = point;
        if (point < message.length && message[point] == '.') {
            end = PlainNumber.endOfDigits(message, point + 1);
            int decimals = end - point - 1;
            if (decimals == 0 || point - start + decimals > PlainNumber.MOST_DIGITS) {
                return -1;
            }
            digits =
                    digits * PlainNumber.POWERS[decimals]
                            + PlainNumber.whole(message, point + 1, end);
            // Both are exact as doubles, and a quotient is rounded right: it is what parsing gives.
            value = (double) digits / PlainNumber.POWERS[decimals];
        } else {
            value = digits;
        }
        if (negative && digits == 0) {
            return -1;
        }
        value = negative ? -value : value;
        return value >= smallest && value <= largest ? end : -1;
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
