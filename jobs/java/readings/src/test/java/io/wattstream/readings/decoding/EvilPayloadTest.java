package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** No input throws, and each gets the right reason. */
class EvilPayloadTest {
    private static final int MUTATIONS = 50_000;

    private final Decoding decoding = new Decoding();

    static Stream<Arguments> payloads() {
        return Stream.of(
                        Stream.of(
                                arguments("null", "empty", null),
                                arguments("no bytes", "empty", new byte[0])),
                        notJson(),
                        notAnObject(),
                        fields())
                .flatMap(each -> each);
    }

    private static Stream<Arguments> notJson() {
        return Stream.of(
                evil("not_json", "white space", " \n"),
                evil("not_json", "text", "hello"),
                evil("not_json", "a zero byte", "\0"),
                evil("not_json", "half a message", Decoding.GOOD.substring(0, 100)),
                evil("not_json", "bracket behind", Decoding.GOOD + "}"),
                evil("not_json", "text behind", Decoding.GOOD + " x"),
                evil("not_json", "two messages", Decoding.GOOD + Decoding.GOOD),
                evil("not_json", "two scalars", "1 2"),
                evil("not_json", "comma at the end", with("230.1", "230.1,")),
                evil("not_json", "comment", with("438", "438/**/")),
                evil("not_json", "single quotes", with("\"ts\"", "'ts'")),
                evil("not_json", "no quotes", with("\"ts\"", "ts")),
                evil("not_json", "NaN", with("438", "NaN")),
                evil("not_json", "-Infinity", with("438", "-Infinity")),
                evil("not_json", "-INF", with("438", "-INF")),
                evil("not_json", "NaN alone", "NaN"),
                evil("not_json", "leading zero", with("438", "0438")),
                evil("not_json", "plus", with("438", "+438")),
                evil("not_json", "no digit before the point", with("438", ".5")),
                evil("not_json", "no digit after the point", with("438", "5.")),
                evil("not_json", "hexadecimal", with("438", "0x1")),
                evil("not_json", "control character", with("MAC", "\u0001")),
                evil("not_json", "line break in an unknown field", withUnknown("\"\n\"")),
                evil("not_json", "bad escape", withUnknown("\"\\x\"")),
                evil("not_json", "short escape", withUnknown("\"\\u12\"")),
                evil("not_json", "2 MB of a string without end", "\"" + "a".repeat(2_000_000)),
                evil(
                        "not_json",
                        "wrong type, then no end",
                        with("438", "\"438\"").replace("}", "")),
                evil("not_json", "nested 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000)),
                evil("not_json", "arrays 1,001 deep", "[".repeat(1_001) + "]".repeat(1_001)),
                evil("not_json", "arrays 1,001 deep and cut", "[".repeat(1_001)),
                evil("not_json", "with the message, 1,001 deep", withUnknown(deep(1_000))),
                evil(
                        "not_json",
                        "a wrong field, with the message 1,001 deep",
                        with("438", deep(1_000))),
                evil(
                        "not_json",
                        "as large as may be, of no end",
                        "\"" + "a".repeat(ReadingDecoder.MAX_MESSAGE_BYTES - 1)),
                evil("out_of_range", "a number of 2,000 digits", with("438", "4".repeat(2_000))),
                arguments("byte order mark", "not_json", utf8("\ufeff" + Decoding.GOOD)),
                encoded("UTF-16LE"),
                encoded("UTF-16BE"),
                encoded("UTF-16"),
                encoded("UTF-32LE"),
                encoded("UTF-32BE"),
                arguments("UTF-16 digit", "not_json", new byte[] {'1', 0}),
                badBytes("in a known field", "MAC000002"),
                badBytes("in a field name", "demand"),
                badBytes("in an unknown field", withUnknown("\"??\""), "??"),
                badBytes("in an unknown name", withUnknown("{\"??\":1}"), "??"),
                badBytes("overlong", withUnknown("\"??\""), "??", 0xC0, 0xAF),
                badBytes("surrogate", withUnknown("\"??\""), "??", 0xED, 0xA0, 0x80),
                badBytes("beyond Unicode", withUnknown("\"??\""), "??", 0xF5, 0x80, 0x80, 0x80),
                badBytes("cut", withUnknown("\"??\""), "??", 0xE2, 0x82),
                badBytes("behind the message", Decoding.GOOD + "??", "??", 0xFF));
    }

    private static Stream<Arguments> notAnObject() {
        return Stream.concat(
                Stream.of("[]", "[" + Decoding.GOOD + "]", "\"x\"", "17", "1e400", "true", " null ")
                        .map(json -> evil("not_an_object", json, json)),
                Stream.of(
                        evil(
                                "not_an_object",
                                "arrays 1,000 deep",
                                "[".repeat(1_000) + "]".repeat(1_000))));
    }

    private static Stream<Arguments> fields() {
        return Stream.of(
                evil("missing", "no field", "{}"),
                evil("missing", "field in other case", with("\"ts\"", "\"TS\"")),
                evil("missing", "null", with("438", "null")),
                evil("unsupported_version", "version 2", withField("\"v\":2")),
                evil("unsupported_version", "version null", withField("\"v\":null")),
                evil("unsupported_version", "version true", withField("\"v\":true")),
                evil("unsupported_version", "before heartbeat", "{\"heartbeat\":3,\"v\":{}}"),
                evil("wrong_type", "heartbeat null", "{\"heartbeat\":null}"),
                evil("wrong_type", "heartbeat text", withField("\"heartbeat\":\"true\"")),
                evil("out_of_range", "heartbeat false", withField("\"heartbeat\":false")),
                evil("wrong_type", "integer for a string", with("\"MAC000002\"", "2")),
                evil("wrong_type", "string for an integer", with("753889", "\"753889\"")),
                evil("wrong_type", "string for a number", with("438", "\"438\"")),
                evil("wrong_type", "NaN as a string", with("438", "\"NaN\"")),
                evil("wrong_type", "object for a number", with("438", "{\"ts\":1}")),
                evil("wrong_type", "with the message 1,000 deep", with("438", deep(999))),
                evil("wrong_type", "array for a string", with("\"electricity\"", "[\"gas\"]")),
                evil("wrong_type", "boolean for a number", with("230.1", "true")),
                evil("wrong_type", "integer with fraction", with("1357000200000", "1.0")),
                evil("wrong_type", "integer with exponent", with("1357000200000", "1e3")),
                evil("wrong_type", "1e400 for an integer", with("1357000200000", "1e400")),
                evil(
                        "wrong_type",
                        "the first field counts",
                        with("\"MAC000002\"", "2").replace("438", "1e400")),
                evil("out_of_range", "1e400", with("438", "1e400")),
                evil("out_of_range", "-1e400", with("438", "-1e400")),
                evil("out_of_range", "register 1e400", with("12345.678", "1e400")),
                evil("out_of_range", "negative ts", with("1357000200000", "-1")),
                evil("out_of_range", "ts after 2100", with("1357000200000", "4102444800001")),
                evil("out_of_range", "seq 2^53", with("753889", "9007199254740992")),
                evil("out_of_range", "seq 2^63", with("753889", "9223372036854775808")),
                evil("out_of_range", "seq of 900 digits", with("753889", "9".repeat(900))),
                evil("out_of_range", "seq -2^64", with("753889", "-18446744073709551616")),
                evil("out_of_range", "register -0.001", with("12345.678", "-0.001")),
                evil("out_of_range", "register above", with("12345.678", "100000000000.001")),
                evil("out_of_range", "register of 900 digits", with("12345.678", "9".repeat(900))),
                evil("out_of_range", "demand above", with("438", "1000000000.1")),
                evil("out_of_range", "voltage negative", with("230.1", "-1")),
                evil("out_of_range", "voltage above", with("230.1", "1000001")),
                evil("out_of_range", "meter_id empty", with("MAC000002", "")),
                evil("out_of_range", "meter_id of 65", with("MAC000002", "m".repeat(65))),
                evil("out_of_range", "meter_id of 2 MB", with("MAC000002", "m".repeat(2_000_000))),
                evil("out_of_range", "meter_id with space", with("MAC000002", "MAC 2")),
                evil("out_of_range", "meter_id with a line break", with("MAC000002", "MAC\\n")),
                evil("out_of_range", "meter_id with umlaut", with("MAC000002", "M\u00c4C")),
                evil("out_of_range", "meter_id lone surrogate", with("MAC000002", "\\udc00")),
                evil("out_of_range", "geohash short", with("gcpuvbx10bcd", "gcpu")),
                evil("out_of_range", "geohash long", with("gcpuvbx10bcd", "gcpuvbx10bcde")),
                evil("out_of_range", "geohash upper case", with("gcpuvbx10bcd", "GCPUV")),
                evil("out_of_range", "geohash with a", with("gcpuvbx10bcd", "gcpua")),
                evil("out_of_range", "commodity", with("electricity", "Electricity")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("payloads")
    void getsItsReason(String name, String problem, byte[] payload) {
        Map<String, Object> row = decoding.columns(payload);

        assertEquals(problem, row.get("problem"), () -> name + ": " + detail(row));
        assertNotNull(detail(row));
        assertEquals(payload, row.get("payload"));
    }

    @Test
    void aMessageOf2MegabytesIsAReadingAllTheSame() {
        Map<String, Object> row =
                decoding.columns(withUnknown("\"" + "\u00e4".repeat(1_000_000) + "\""));

        assertEquals("MAC000002", row.get("meter_id"));
    }

    @Test
    void aMessageOfTheLargestSizeIsAReadingAllTheSame() {
        Map<String, Object> row = decoding.columns(padded(ReadingDecoder.MAX_MESSAGE_BYTES));

        assertEquals("MAC000002", row.get("meter_id"));
    }

    @Test
    void aLargerMessageIsRejectedAndLeftOut() {
        Map<String, Object> row = decoding.columns(padded(ReadingDecoder.MAX_MESSAGE_BYTES + 1));

        assertEquals("too_large", row.get("problem"));
        assertEquals("the value has 4194305 bytes; it may have 4194304", detail(row));
        assertNull(row.get("payload"));
        assertNull(row.get("meter_id"));
        assertEquals(false, row.get("heartbeat"));
    }

    @Test
    void aLargerMessageIsNotEvenParsed() {
        Map<String, Object> row =
                decoding.columns("{".repeat(ReadingDecoder.MAX_MESSAGE_BYTES + 1));

        assertEquals("too_large", row.get("problem"));
    }

    @Test
    void unknownFieldsMayBeNestedUpTo1000LevelsWithTheMessage() {
        Map<String, Object> row = decoding.columns(withUnknown(deep(999)));

        assertEquals("MAC000002", row.get("meter_id"));
    }

    @Test
    void bracketsInStringsAreNoLevels() {
        Map<String, Object> row =
                decoding.columns(withUnknown("\"\\\"" + "[".repeat(2_000) + "\""));

        assertEquals("MAC000002", row.get("meter_id"));
    }

    @Test
    void fieldNamesOfOthersDoNotHarm() {
        StringBuilder names = new StringBuilder("{");
        for (int i = 0; i < 50_000; i++) {
            names.append("\"n").append(i * 31L).append("\":0,");
        }
        Map<String, Object> row = decoding.columns(names + Decoding.GOOD.substring(1));

        assertEquals("MAC000002", row.get("meter_id"));
        assertEquals("MAC000002", decoding.columns(Decoding.GOOD).get("meter_id"));
    }

    @Test
    void anyMutationIsAReadingAHeartbeatOrAProblem() {
        Random random = new Random(7);
        byte[] good = utf8(withField("\"heartbeat\":true,\"x\":[\"\u00e4\\u0041\"]"));
        byte[] alphabet = utf8("\"{}[],:\\0-1.eEu \u00e4");
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutant = mutate(good, alphabet, random);

            Map<String, Object> row = decoding.columns(mutant);

            boolean usable =
                    row.get("meter_id") != null || Boolean.TRUE.equals(row.get("heartbeat"));
            assertEquals(
                    usable,
                    row.get("problem") == null,
                    () -> new String(mutant, StandardCharsets.ISO_8859_1));
        }
    }

    private static byte[] mutate(byte[] good, byte[] alphabet, Random random) {
        byte[] mutant = good.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(4)) {
                case 0 -> mutant[at] = (byte) random.nextInt(256);
                case 1 -> mutant[at] = alphabet[random.nextInt(alphabet.length)];
                case 2 -> mutant = Arrays.copyOf(mutant, at + 1);
                default -> System.arraycopy(mutant, 0, mutant, at, mutant.length - at);
            }
        }
        return mutant;
    }

    private static Arguments evil(String problem, String name, String payload) {
        return arguments(name, problem, utf8(payload));
    }

    private static Arguments encoded(String charset) {
        return arguments(charset, "not_json", Decoding.GOOD.getBytes(Charset.forName(charset)));
    }

    private static Arguments badBytes(String name, String replaced) {
        return badBytes(name, Decoding.GOOD, replaced, 0xFF, 0xFE);
    }

    private static Arguments badBytes(String name, String message, String replaced, int... bytes) {
        StringBuilder latin1 = new StringBuilder();
        Arrays.stream(bytes.length == 0 ? new int[] {0xFF, 0xFE} : bytes)
                .forEach(octet -> latin1.append((char) octet));
        return arguments(
                "invalid UTF-8 " + name,
                "not_json",
                message.replace(replaced, latin1).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A reading followed by white space. */
    private static String padded(int bytes) {
        return Decoding.GOOD + " ".repeat(bytes - Decoding.GOOD.length());
    }

    private static String deep(int levels) {
        return "{\"a\":".repeat(levels) + "1" + "}".repeat(levels);
    }

    private static String with(String good, String replacement) {
        return Decoding.GOOD.replace(good, replacement);
    }

    private static String withUnknown(String value) {
        return withField("\"unknown\":" + value);
    }

    private static String withField(String field) {
        return "{" + field + "," + Decoding.GOOD.substring(1);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String detail(Map<String, Object> row) {
        return (String) row.get("detail");
    }
}
