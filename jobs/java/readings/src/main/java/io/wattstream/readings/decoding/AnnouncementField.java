package io.wattstream.readings.decoding;

import io.wattstream.readings.decoding.Problem.Finding;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.table.data.StringData;

import java.io.IOException;

import javax.annotation.Nullable;

/** An announcement: a meter's entry in the registry, judged where the stream needs it. */
final class AnnouncementField extends Field {
    private static final String REGISTER = "register";
    private static final StringData USUAL_KIND = StringData.fromString(REGISTER);
    private static final String LEAST_REGISTER_SIZE = "0.001";
    private static final long MAX_CAPACITY_W = 1_000_000_000;

    private final TextField meterId = TextField.name("meter.meter_id", 64);
    private final TextField geohash = TextField.geohash("meter.geohash");
    private final ChoiceField commodity = ChoiceField.commodity("meter.commodity");
    private final TextField feeder = TextField.name("meter.feeder", 64);
    private final TextField region = TextField.name("meter.region", 16);
    private final IntegerField cadence =
            new IntegerField("meter.cadence_ms", 1, ReadingDecoder.MAX_INTERVAL_MS);
    private final ChoiceField kind = new ChoiceField("meter.kind", REGISTER, "interval");
    private final NumberField registerSize =
            new NumberField(
                    "meter.register_size", LEAST_REGISTER_SIZE, ReadingDecoder.MAX_REGISTER);
    private final BooleanField removed = new BooleanField("meter.removed");
    private final IntegerField capacity = new IntegerField("meter.capacity_w", 1, MAX_CAPACITY_W);
    private final ChoiceField supply = new ChoiceField("meter.supply", "on", "off");
    private final IntegerField installed =
            new IntegerField("meter.installed_ms", 1, ReadingDecoder.MAX_TS_MS);

    private final FieldList fields =
            new FieldList(
                    3,
                    meterId,
                    geohash,
                    commodity,
                    feeder,
                    region,
                    cadence,
                    kind,
                    registerSize,
                    removed,
                    capacity,
                    supply,
                    installed);

    AnnouncementField() {
        super("meter", "an object", "an object");
    }

    @Override
    boolean nullIsAbsent() {
        return false;
    }

    @Override
    void read(JsonParser json, byte[] message) throws IOException {
        super.read(json, message);
        if (json.currentToken() == JsonToken.START_OBJECT) {
            fields.read(json, message);
        }
    }

    @Override
    @Nullable
    Problem take(JsonParser json, JsonToken token) {
        return token == JsonToken.START_OBJECT ? null : Problem.WRONG_TYPE;
    }

    /** As of any field and, if it is there, what is wrong with the first wrong field in it. */
    @Override
    @Nullable
    Finding finding() {
        Finding finding = super.finding();
        return finding == null && isThere() ? fields.firstFinding() : finding;
    }

    StringData meterId() {
        return meterId.value();
    }

    StringData geohash() {
        return geohash.value();
    }

    StringData commodity() {
        return commodity.value();
    }

    /** Optional. */
    TextField feeder() {
        return feeder;
    }

    /** Optional. */
    TextField region() {
        return region;
    }

    /** Optional. */
    IntegerField cadence() {
        return cadence;
    }

    StringData kind() {
        return kind.isThere() ? kind.value() : USUAL_KIND;
    }

    /** Optional. */
    NumberField registerSize() {
        return registerSize;
    }

    boolean removed() {
        return removed.isThere() && removed.value();
    }

    /** Optional. */
    IntegerField capacity() {
        return capacity;
    }

    @Nullable
    StringData supply() {
        return supply.isThere() ? supply.value() : null;
    }

    /** Optional. */
    IntegerField installed() {
        return installed;
    }
}
