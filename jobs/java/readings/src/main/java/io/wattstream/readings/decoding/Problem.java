package io.wattstream.readings.decoding;

import org.apache.flink.table.data.StringData;

/** Why a message cannot be used; codes and order are those of {@code contracts/rejects.py}. */
enum Problem {
    /** No value, or one of no bytes. */
    EMPTY("empty"),
    /** More bytes than a message may have; the row is without them. */
    TOO_LARGE("too_large"),
    /** Not one JSON value in UTF-8. */
    NOT_JSON("not_json"),
    /** JSON, but not an object. */
    NOT_AN_OBJECT("not_an_object"),
    /** {@code v} is there and is not 1. */
    UNSUPPORTED_VERSION("unsupported_version"),
    /** A required field is absent or null. */
    MISSING("missing"),
    /** A field has another JSON type than the schema's. */
    WRONG_TYPE("wrong_type"),
    /** The right type, a value outside the schema's limits. */
    OUT_OF_RANGE("out_of_range");

    private final StringData code;

    Problem(String code) {
        this.code = StringData.fromString(code);
    }

    /** The code as the {@code problem} column carries it. */
    StringData code() {
        return code;
    }

    /** This problem, explained in one sentence. */
    Finding because(String detail) {
        return new Finding(this, detail);
    }

    /** A problem of one message and the sentence that explains it. */
    record Finding(Problem problem, String detail) {}
}
