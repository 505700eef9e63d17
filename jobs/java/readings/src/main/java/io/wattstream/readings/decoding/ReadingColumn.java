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
    /** Of an event, too. */
    METER_ID(
            DataTypes.STRING(),
            decoder ->
                    decoder.isReading() || decoder.isEvent()
                            ? decoder.meterId().value()
                            : announced(AnnouncementField::meterId).apply(decoder)),
    GEOHASH(
            DataTypes.STRING(),
            either(decoder -> decoder.geohash().value(), AnnouncementField::geohash)),
    COMMODITY(
            DataTypes.STRING(),
            either(decoder -> decoder.commodity().value(), AnnouncementField::commodity)),
    TS(DataTypes.BIGINT(), reading(decoder -> decoder.ts().value())),
    SEQ(DataTypes.BIGINT(), reading(decoder -> decoder.seq().value())),
    /** Thousandths of Wh or litres. */
    REGISTER(DataTypes.BIGINT(), reading(decoder -> decoder.register().thousandths())),
    /** Thousandths of W or litres per hour; null if the meter does not say it. */
    DEMAND(DataTypes.BIGINT(), reading(decoder -> thousandths(decoder.demand()))),
    VOLTAGE_V(
            DataTypes.DOUBLE(),
            reading(
                    decoder ->
                            decoder.voltage().isThere()
                                    ? (Double) decoder.voltage().value()
                                    : null)),
    /** Thousandths of Wh or litres; of a revision, what is added to those said before. */
    ENERGY(DataTypes.BIGINT(), reading(decoder -> thousandths(decoder.energy()))),
    INTERVAL_MS(DataTypes.BIGINT(), reading(decoder -> value(decoder.interval()))),
    /** Never null: 0 for a first delivery, and for what is no reading. */
    REVISION(
            DataTypes.BIGINT(),
            decoder ->
                    decoder.isReading() && decoder.revision().isThere()
                            ? decoder.revision().value()
                            : 0L),
    /** Null if the meter does not say it, which means {@code measured}. */
    QUALITY(
            DataTypes.STRING(),
            reading(decoder -> decoder.quality().isThere() ? decoder.quality().value() : null)),
    QUALITY_CODE(DataTypes.STRING(), reading(decoder -> value(decoder.qualityCode()))),
    /** Never null: true for a heartbeat or an event, false for any other message. */
    HEARTBEAT(DataTypes.BOOLEAN(), ReadingDecoder::isHeartbeat),
    /** Whether a heartbeat says that its writer closes; null for any other message. */
    CLOSING(DataTypes.BOOLEAN(), ReadingDecoder::isClosing),
    /** When a meter lost power, by its clock; null for any message but that event. */
    LOST_POWER_MS(DataTypes.BIGINT(), decoder -> decoder.isEvent() ? decoder.ts().value() : null),
    /** Never null: true for an announcement, false for any other message. */
    ANNOUNCEMENT(DataTypes.BOOLEAN(), ReadingDecoder::isAnnouncement),
    FEEDER(DataTypes.STRING(), announced(entry -> value(entry.feeder()))),
    REGION(DataTypes.STRING(), announced(entry -> value(entry.region()))),
    CADENCE_MS(DataTypes.BIGINT(), announced(entry -> value(entry.cadence()))),
    /** Never null for an announcement. */
    KIND(DataTypes.STRING(), announced(AnnouncementField::kind)),
    /** Thousandths of Wh or litres: where the register begins again at 0. */
    REGISTER_SIZE(DataTypes.BIGINT(), announced(entry -> thousandths(entry.registerSize()))),
    /** Never null for an announcement. */
    REMOVED(DataTypes.BOOLEAN(), announced(AnnouncementField::removed)),
    CAPACITY_W(DataTypes.BIGINT(), announced(entry -> value(entry.capacity()))),
    SUPPLY(DataTypes.STRING(), announced(AnnouncementField::supply)),
    INSTALLED_MS(DataTypes.BIGINT(), announced(entry -> value(entry.installed()))),
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

    private static Function<ReadingDecoder, Object> announced(
            Function<AnnouncementField, Object> value) {
        return decoder -> decoder.isAnnouncement() ? value.apply(decoder.announcement()) : null;
    }

    private static Function<ReadingDecoder, Object> either(
            Function<ReadingDecoder, Object> ofReading,
            Function<AnnouncementField, Object> ofAnnouncement) {
        Function<ReadingDecoder, Object> ofOther = announced(ofAnnouncement);
        return decoder -> decoder.isReading() ? ofReading.apply(decoder) : ofOther.apply(decoder);
    }

    private static Function<ReadingDecoder, Object> finding(Function<Finding, Object> value) {
        return decoder -> decoder.finding() == null ? null : value.apply(decoder.finding());
    }

    @Nullable
    private static Long thousandths(NumberField field) {
        return field.isThere() ? field.thousandths() : null;
    }

    @Nullable
    private static Long value(IntegerField field) {
        return field.isThere() ? field.value() : null;
    }

    @Nullable
    private static StringData value(TextField field) {
        return field.isThere() ? field.value() : null;
    }
}
