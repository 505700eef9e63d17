package io.wattstream.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What good messages become, and what problems are said about others. */
class ReadingDecodingTest {
    private static final List<String> READING_COLUMNS =
            List.of(
                    "meter_id",
                    "geohash",
                    "commodity",
                    "ts",
                    "seq",
                    "register",
                    "demand",
                    "voltage_v");

    private final Decoding decoding = new Decoding();

    @Test
    void aReadingFillsItsColumnsAndNoOthers() {
        RowData row = decoding.row(Decoding.GOOD);

        assertEquals("MAC000002", Decoding.value(row, "meter_id"));
        assertEquals("gcpuvbx10bcd", Decoding.value(row, "geohash"));
        assertEquals("electricity", Decoding.value(row, "commodity"));
        assertEquals(1357000200000L, Decoding.value(row, "ts"));
        assertEquals(753889L, Decoding.value(row, "seq"));
        assertEquals(12345678L, Decoding.value(row, "register"));
        assertEquals(438000L, Decoding.value(row, "demand"));
        assertEquals(230.1, Decoding.value(row, "voltage_v"));
        assertEquals(false, Decoding.value(row, "heartbeat"));
        for (String column : List.of("problem", "detail")) {
            assertNull(Decoding.value(row, column), column);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0005, 1",
        "0.0004, 0",
        "1.0005, 1001",
        "-0, 0",
        "-0.0, 0",
        "1e3, 1000000",
        "100000000000, 100000000000000",
        "99999999999.999, 99999999999999",
        "12.345E-2, 123"
    })
    void registersAreInThousandths(String json, long thousandths) {
        RowData row = decoding.row(with("\"register\":12345.678", "\"register\":" + json));

        assertEquals(thousandths, Decoding.value(row, "register"));
    }

    @ParameterizedTest
    @CsvSource({"-0.0005, 0", "-0.0006, -1", "-438, -438000", "-1000000000, -1000000000000"})
    void demandMayBeNegative(String json, long thousandths) {
        RowData row = decoding.row(with("\"demand\":438", "\"demand\":" + json));

        assertEquals(thousandths, Decoding.value(row, "demand"));
    }

    @Test
    void voltageMayBeNullOrAbsent() {
        for (String voltage : List.of("", ",\"voltage_v\":null")) {
            RowData row = decoding.row(with(",\"voltage_v\":230.1", voltage));

            assertNull(Decoding.value(row, "problem"));
            assertNull(Decoding.value(row, "voltage_v"));
            assertEquals(753889L, Decoding.value(row, "seq"));
        }
    }

    @Test
    void anUnknownFieldIsIgnoredWhateverItHolds() {
        for (String unknown : List.of("{\"a\":[null]}", "\"x\"", "4".repeat(2_000))) {
            RowData row = decoding.row(with("\"seq\"", "\"unknown\":" + unknown + ",\"seq\""));

            assertNull(Decoding.value(row, "problem"));
            assertEquals(753889L, Decoding.value(row, "seq"));
        }
    }

    @Test
    void aMessageLeavesNothingToTheNext() {
        decoding.row(Decoding.GOOD);
        decoding.row("{\"v\":2,\"heartbeat\":true}");

        RowData row = decoding.row(with(",\"voltage_v\":230.1", ""));

        assertNull(Decoding.value(row, "problem"));
        assertNull(Decoding.value(row, "voltage_v"));
        assertEquals("MAC000002", Decoding.value(row, "meter_id"));
    }

    @Test
    void aHeartbeatIsNothingElse() {
        for (String message :
                List.of(
                        "{\"heartbeat\":true}",
                        "{\"v\":1,\"heartbeat\":true,\"ts\":\"no\"}",
                        Decoding.GOOD.replace("}", ",\"heartbeat\":true}"))) {
            RowData row = decoding.row(message);

            assertEquals(true, Decoding.value(row, "heartbeat"), message);
            assertNull(Decoding.value(row, "problem"), message);
            assertReadingColumnsAreNull(row);
        }
    }

    @Test
    void theLastOfDuplicateFieldsStands() {
        RowData good = decoding.row(with("\"ts\":", "\"ts\":-1,\"ts\":"));
        RowData bad = decoding.row(with("\"ts\":1357000200000", "\"ts\":1357000200000,\"ts\":-1"));
        RowData gone = decoding.row(with("\"ts\":1357000200000", "\"ts\":1,\"ts\":null"));

        assertEquals(1357000200000L, Decoding.value(good, "ts"));
        assertEquals("out_of_range", Decoding.value(bad, "problem"));
        assertEquals("missing", Decoding.value(gone, "problem"));
    }

    @Test
    void aMessageMayHaveAnyLayoutAndFurtherFields() {
        RowData row =
                decoding.row(
                        """
                         \t\r
                        { "later" : [ {"a" : "\\ud800 \u00e4 \ud83d\ude00",
                          "\ud83d\ude00" : 1e400} , [ ] ] ,
                          "demand":1,"register":2,"seq":3,"ts":4,"commodity":"g\\u0061s",
                          "geohash":"gcpuv","meter\\u005fid":"a:b_c-d.E","v":1}
                        """);

        assertNull(Decoding.value(row, "detail"));
        assertEquals("a:b_c-d.E", Decoding.value(row, "meter_id"));
        assertEquals("gas", Decoding.value(row, "commodity"));
    }

    @Test
    void aProblemKeepsTheBytesAndNothingOfTheReading() {
        byte[] message =
                with("\"demand\":438", "\"demand\":\"438\"").getBytes(StandardCharsets.UTF_8);

        RowData row = decoding.row(message);

        assertArrayEquals(message, (byte[]) Decoding.value(row, "payload"));
        assertEquals("wrong_type", Decoding.value(row, "problem"));
        assertEquals(false, Decoding.value(row, "heartbeat"));
        assertReadingColumnsAreNull(row);
    }

    @Test
    void aGoodMessageKeepsItsBytes() {
        byte[] message = Decoding.GOOD.getBytes(StandardCharsets.UTF_8);

        RowData row = decoding.row(message);

        assertArrayEquals(message, (byte[]) Decoding.value(row, "payload"));
        assertNull(Decoding.value(row, "problem"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"register\":12345.678|\"register\":-5|register is -5; it must be from 0 to"
                        + " 100000000000",
                "\"register\":12345.678|\"register\":[ 1,{} ]|register is [ 1,{} ]; it must be a"
                        + " number",
                "\"seq\":753889|\"seq\":\"7\"|seq is \"7\"; it must be an integer without fraction"
                        + " or exponent",
                "\"seq\":753889|\"seq\":null|seq is missing or null; it must be an integer without"
                        + " fraction or exponent",
                "\"commodity\":\"electricity\"|\"commodity\":\"heat\"|commodity is \"heat\"; it"
                        + " must be one of electricity, gas, water",
                "\"geohash\":\"gcpuvbx10bcd\"|\"geohash\":\"gcpa1\"|geohash is \"gcpa1\"; it must"
                        + " be 5 to 12 characters of 0-9 and b-z without i, l, o",
                "\"ts\":1357000200000|\"ts\":false|ts is false; it must be an integer without"
                        + " fraction or exponent",
                "\"meter_id\":\"MAC000002\"|\"v\":\"1\"|v is \"1\"; it must be 1",
                "\"meter_id\":\"MAC000002\"|\"heartbeat\":0|heartbeat is 0; it must be a boolean",
                "\"meter_id\":\"MAC000002\"|\"heartbeat\":false|heartbeat is false; it must be true"
            })
    void theDetailNamesFieldValueAndLimit(String good, String bad, String detail) {
        assertEquals(detail, Decoding.value(decoding.row(with(good, bad)), "detail"));
    }

    @Test
    void aLongValueIsCutTo60Characters() {
        String detail =
                (String)
                        Decoding.value(
                                decoding.row(with("MAC000002", "\ud83d\ude00".repeat(100))),
                                "detail");

        assertTrue(
                detail.startsWith("meter_id is \"" + "\ud83d\ude00".repeat(58) + "…; it must be"),
                detail);
    }

    private static String with(String good, String replacement) {
        assertTrue(Decoding.GOOD.contains(good), good);
        return Decoding.GOOD.replace(good, replacement);
    }

    private static void assertReadingColumnsAreNull(RowData row) {
        for (String column : READING_COLUMNS) {
            assertNull(Decoding.value(row, column), column);
        }
    }
}
