package io.wattstream.readings.decoding;

import io.wattstream.readings.decoding.Problem.Finding;

import org.apache.flink.shaded.guava33.com.google.common.base.Utf8;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonLocation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadConstraints;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * Reads messages strictly by {@code contracts/reading.schema.json}, one at a time.
 *
 * <p>After {@link #decode} the decoder holds that message: a finding, a heartbeat, an announcement
 * or a reading. A message that has the fields of several of them is the first in this order. A
 * verdict depends on nothing but the bytes of the message. Of several problems the first counts, in
 * the order of {@link Problem}, and among the fields in the order of the schema.
 */
public final class ReadingDecoder {
    /** {@code contracts.topics.MAX_MESSAGE_BYTES}. */
    static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

    static final long MAX_REGISTER = 100_000_000_000L;

    /** 31 days: the longest interval, and cadence. */
    static final long MAX_INTERVAL_MS = 31 * 24 * 3_600_000L;

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    static final long MAX_TS_MS = 4_102_444_800_000L;
    private static final long MAX_SEQ = (1L << 53) - 1;
    private static final long MAX_DEMAND = 1_000_000_000L;
    private static final long MAX_VOLTAGE_V = 1_000_000L;
    private static final long MAX_ENERGY = 1_000_000_000L;
    private static final long MAX_REVISION = Integer.MAX_VALUE;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(1000)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    // UTF-16, UTF-32 and a byte order mark would pass as JSON.
                    .disable(JsonFactory.Feature.CHARSET_DETECTION)
                    // Names come from outside: nothing may pile up in the JVM's string table, ...
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    // ... and no message may fail because of the names in those before it.
                    .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                    .build();

    private final TextField meterId = TextField.name("meter_id", 64);
    private final TextField geohash = TextField.geohash("geohash");
    private final ChoiceField commodity = ChoiceField.commodity("commodity");
    private final IntegerField ts = new IntegerField("ts", 0, MAX_TS_MS);
    private final IntegerField seq = new IntegerField("seq", 0, MAX_SEQ);
    private final NumberField register = new NumberField("register", 0, MAX_REGISTER);
    private final NumberField demand = new NumberField("demand", -MAX_DEMAND, MAX_DEMAND);
    private final NumberField voltage = new NumberField("voltage_v", 0, MAX_VOLTAGE_V);
    private final NumberField energy = new NumberField("energy", -MAX_ENERGY, MAX_ENERGY);
    private final IntegerField interval = new IntegerField("interval_ms", 1, MAX_INTERVAL_MS);
    private final IntegerField revision = new IntegerField("revision", 0, MAX_REVISION);
    private final ChoiceField quality =
            new ChoiceField(
                    "quality",
                    "measured",
                    "estimated",
                    "substituted",
                    "final",
                    "edited",
                    "questionable",
                    "derived");
    private final TextField qualityCode = TextField.printable("quality_code", 1, 16);
    private final VersionField version = new VersionField();
    private final HeartbeatField heartbeat = new HeartbeatField();
    private final ClosingField closing = new ClosingField();
    private final AnnouncementField announcement = new AnnouncementField();
    private final ChoiceField event = new ChoiceField("event", "power_lost");

    private final FieldList fields =
            new FieldList(
                    6,
                    meterId,
                    geohash,
                    commodity,
                    ts,
                    seq,
                    register,
                    demand,
                    voltage,
                    energy,
                    interval,
                    revision,
                    quality,
                    qualityCode,
                    version,
                    heartbeat,
                    closing,
                    announcement,
                    event);

    private final FieldList ofEvent = new FieldList(4, event, meterId, ts, seq);

    private final Field[] plain = {meterId, geohash, commodity, ts, seq, register, demand};
    private final Field[] neverPlain = {energy, interval, revision, quality, qualityCode};
    private final byte[][] names = names(plain);
    private final byte[] voltageName = name(',', voltage);

    @Nullable private byte[] message;
    @Nullable private Finding finding;
    private boolean isReading;

    private static byte[][] names(Field[] fields) {
        byte[][] names = new byte[fields.length][];
        for (int i = 0; i < fields.length; i++) {
            names[i] = name(i == 0 ? '{' : ',', fields[i]);
        }
        return names;
    }

    private static byte[] name(char before, Field field) {
        return (before + "\"" + field.jsonName().getValue() + "\":")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads a message, null for a record without a value; never throws. */
    public void decode(@Nullable byte[] message) {
        if (message != null && readPlain(message)) {
            this.message = message;
            finding = null;
            isReading = true;
        } else {
            decodeAny(message);
        }
    }

    /** As {@link #decode}, also of a message that is written in the plainest way. */
    void decodeAny(@Nullable byte[] message) {
        this.message = message;
        if (message == null || message.length == 0) {
            finding = empty(message);
        } else if (message.length > MAX_MESSAGE_BYTES) {
            finding = tooLarge(message);
        } else {
            finding = judge(message);
        }
        isReading =
                finding == null
                        && !heartbeat.isThere()
                        && !announcement.isThere()
                        && !event.isThere();
    }

    /**
     * Reads a good reading that is written in the plainest way: the fields of the schema up to the
     * voltage in their order, all but this one, without escapes and exponents, and with spaces
     * around values only. It is most of them, and several times quicker to read than JSON of any
     * kind.
     *
     * @return whether it is one; if not, nothing is known about the message
     */
    private boolean readPlain(byte[] message) {
        int at = 0;
        for (int i = 0; i < plain.length; i++) {
            at = readPlain(names[i], plain[i], message, at);
            if (at < 0) {
                return false;
            }
        }
        voltage.forget();
        for (Field field : neverPlain) {
            field.forget();
        }
        if (endOf(voltageName, message, at) >= 0) {
            int end = readPlain(voltageName, voltage, message, at);
            at = end < 0 ? endOfNull(message, at) : end;
        }
        return at >= 0 && at == message.length - 1 && message[at] == '}';
    }

    /** Where a name and a good value for its field end, with the spaces behind; or -1. */
    private static int readPlain(byte[] name, Field field, byte[] message, int at) {
        int named = endOf(name, message, at);
        int end = named < 0 ? -1 : field.readPlain(message, endOfSpaces(message, named));
        return end < 0 ? -1 : endOfSpaces(message, end);
    }

    /** Where a voltage that is null ends, with the spaces behind; or -1. */
    private int endOfNull(byte[] message, int at) {
        int end = endOf(NULL, message, endOfSpaces(message, at + voltageName.length));
        return end < 0 ? -1 : endOfSpaces(message, end);
    }

    private static int endOfSpaces(byte[] message, int at) {
        int end = at;
        while (end < message.length && message[end] == ' ') {
            end++;
        }
        return end;
    }

    /** Where the text that must stand here ends, or -1 if it does not. */
    private static int endOf(byte[] text, byte[] message, int at) {
        int end = at + text.length;
        return end <= message.length && Arrays.equals(message, at, end, text, 0, text.length)
                ? end
                : -1;
    }

    private static Finding empty(@Nullable byte[] message) {
        return Problem.EMPTY.because(
                message == null ? "the record has no value" : "the value has no bytes");
    }

    private static Finding tooLarge(byte[] message) {
        return Problem.TOO_LARGE.because(
                "the value has %d bytes; it may have %d"
                        .formatted(message.length, MAX_MESSAGE_BYTES));
    }

    @Nullable
    private Finding judge(byte[] message) {
        // Jackson takes overlong forms and surrogates for UTF-8.
        if (!Utf8.isWellFormed(message)) {
            return Problem.NOT_JSON.because("the value is not UTF-8");
        }
        try (JsonParser json = JSON.createParser(message)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_OBJECT) {
                fields.read(json, message);
            } else {
                json.skipChildren();
            }
            if (first == null || json.nextToken() != null) {
                return Problem.NOT_JSON.because("the value is not one JSON value");
            }
            return first == JsonToken.START_OBJECT
                    ? firstFinding()
                    : Problem.NOT_AN_OBJECT.because(
                            "the value is "
                                    + Field.shortened(message, 0, message.length)
                                    + "; it must be an object");
        } catch (JsonProcessingException e) {
            return Problem.NOT_JSON.because(
                    "the value is not JSON%s: %s".formatted(place(e), e.getOriginalMessage()));
        } catch (IOException | RuntimeException e) {
            // A flaw of the parser may cost a message, never the job.
            return Problem.NOT_JSON.because("the value cannot be parsed: " + e);
        }
    }

    private static String place(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null ? "" : " at byte " + location.getByteOffset();
    }

    @Nullable
    private Finding firstFinding() {
        if (version.finding() != null) {
            return version.finding();
        }
        if (heartbeat.isThere()) {
            return heartbeat.finding();
        }
        if (announcement.isThere()) {
            return announcement.finding();
        }
        return event.isThere() ? ofEvent.firstFinding() : fields.firstFinding();
    }

    /**
     * The message as it came; null for a record without a value, and for one that is too large: the
     * broker's limit is on compressed batches, so nothing else keeps it from a sink that has one.
     */
    @Nullable
    byte[] message() {
        return finding != null && finding.problem() == Problem.TOO_LARGE ? null : message;
    }

    /** What is wrong with the message, or null. */
    @Nullable
    Finding finding() {
        return finding;
    }

    /** Whether the message is a heartbeat, or an event, which counts as one. */
    boolean isHeartbeat() {
        return !isReading && finding == null && !isAnnouncement();
    }

    /** Whether the message is a heartbeat that says that its writer closes; null if it is none. */
    @Nullable
    Boolean isClosing() {
        if (!isHeartbeat() || !heartbeat.isThere()) {
            return null;
        }
        return closing.value();
    }

    /** Whether the message is an event. */
    boolean isEvent() {
        return isHeartbeat() && !heartbeat.isThere();
    }

    /** Whether the message is an announcement. */
    boolean isAnnouncement() {
        return !isReading && finding == null && !heartbeat.isThere() && announcement.isThere();
    }

    /** Whether the message is a reading. */
    boolean isReading() {
        return isReading;
    }

    /** Of use only if the message is one. */
    AnnouncementField announcement() {
        return announcement;
    }

    // What follows is of use only if the message is a reading; of an event the meter and the time.

    TextField meterId() {
        return meterId;
    }

    TextField geohash() {
        return geohash;
    }

    ChoiceField commodity() {
        return commodity;
    }

    IntegerField ts() {
        return ts;
    }

    IntegerField seq() {
        return seq;
    }

    NumberField register() {
        return register;
    }

    /** Optional: the reading may be without it, as without those that follow. */
    NumberField demand() {
        return demand;
    }

    NumberField voltage() {
        return voltage;
    }

    NumberField energy() {
        return energy;
    }

    IntegerField interval() {
        return interval;
    }

    IntegerField revision() {
        return revision;
    }

    ChoiceField quality() {
        return quality;
    }

    TextField qualityCode() {
        return qualityCode;
    }
}
