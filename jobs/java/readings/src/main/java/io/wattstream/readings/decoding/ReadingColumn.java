package io.wattstream.readings.decoding;

import io.wattstream.readings.decoding.Problem.Finding;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.annotation.Nullable;

/** What a message may say, as columns of a view: any of them in any order. */
public enum ReadingColumn {
    METER_ID(DataTypes.STRING(), reading(decoder -> decoder.meterId().value())),
    GEOHASH(DataTypes.STRING(), reading(decoder -> decoder.geohash().value())),
    COMMODITY(DataTypes.STRING(), reading(decoder -> decoder.commodity().value())),
    TS(DataTypes.BIGINT(), reading(decoder -> decoder.ts().value())),
    SEQ(DataTypes.BIGINT(), reading(decoder -> decoder.seq().value())),
    /** Thousandths of Wh or litres. */
    REGISTER(DataTypes.BIGINT(), reading(decoder -> decoder.register().thousandths())),
    /** Thousandths of W or litres per hour. */
    DEMAND(DataTypes.BIGINT(), reading(decoder -> decoder.demand().thousandths())),
    VOLTAGE_V(
            DataTypes.DOUBLE(),
            reading(
                    decoder ->
                            decoder.voltage().isThere()
                                    ? (Double) decoder.voltage().value()
                                    : null)),
    /** Never null: true for a heartbeat, false for a reading and for a message with a problem. */
    HEARTBEAT(DataTypes.BOOLEAN(), ReadingDecoder::isHeartbeat),
    /** The message's bytes as they came; null if there are none or too many. */
    PAYLOAD(DataTypes.BYTES(), ReadingDecoder::message),
    /** A code of {@link Problem}. */
    PROBLEM(DataTypes.STRING(), finding(finding -> finding.problem().code())),
    /** A sentence: the field, the value, what it must be. */
    DETAIL(DataTypes.STRING(), finding(finding -> StringData.fromString(finding.detail())));

    private final DataType type;
    private final Function<ReadingDecoder, Object> value;

    ReadingColumn(DataType type, Function<ReadingDecoder, Object> value) {
        this.type = type;
        this.value = value;
    }

    /** The column's value for the message that the decoder holds, as Flink's SQL represents it. */
    @Nullable
    public Object of(ReadingDecoder decoder) {
        return value.apply(decoder);
    }

    /**
     * The column of that name, in lower case.
     *
     * @throws ValidationException if there is none
     */
    public static ReadingColumn named(String name) {
        return Arrays.stream(values())
                .filter(column -> column.columnName().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(name));
    }

    private static ValidationException unknown(String name) {
        return new ValidationException(
                "There is no column '%s'; there are: %s."
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(ReadingColumn::columnName)
                                        .collect(Collectors.joining(", "))));
    }

    /** The name in SQL. */
    public String columnName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type in SQL. */
    public LogicalType type() {
        return type.getLogicalType();
    }

    private static Function<ReadingDecoder, Object> reading(
            Function<ReadingDecoder, Object> value) {
        return decoder -> decoder.isReading() ? value.apply(decoder) : null;
    }

    private static Function<ReadingDecoder, Object> finding(Function<Finding, Object> value) {
        return decoder -> decoder.finding() == null ? null : value.apply(decoder.finding());
    }
}
