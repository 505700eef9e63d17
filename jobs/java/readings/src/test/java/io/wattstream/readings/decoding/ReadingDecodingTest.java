package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What becomes of a message beside its verdict, and what is said about a problem. */
class ReadingDecodingTest {
    private final Decoding decoding = new Decoding();

    @Test
    void aReadingFillsItsColumnsAndNoOthers() {
        Map<String, Object> row = decoding.columns(Decoding.GOOD);

        assertEquals("MAC000002", row.get("meter_id"));
        assertEquals("gcpuvbx10bcd", row.get("geohash"));
        assertEquals("electricity", row.get("commodity"));
        assertEquals(1357000200000L, row.get("ts"));
        assertEquals(753889L, row.get("seq"));
        assertEquals(12345678L, row.get("register"));
        assertEquals(438000L, row.get("demand"));
        assertEquals(230.1, row.get("voltage_v"));
        assertEquals(false, row.get("heartbeat"));
        for (String column : List.of("problem", "detail")) {
            assertNull(row.get(column), column);
        }
    }

    @Test
    void aMessageLeavesNothingToTheNext() {
        decoding.columns(Decoding.GOOD);
        decoding.columns("{\"v\":2,\"heartbeat\":true}");

        Map<String, Object> row = decoding.columns(with(",\"voltage_v\":230.1", ""));

        assertNull(row.get("problem"));
        assertNull(row.get("voltage_v"));
        assertEquals("MAC000002", row.get("meter_id"));
    }

    @Test
    void aProblemKeepsTheBytesAndNothingOfTheReading() {
        byte[] message =
                with("\"demand\":438", "\"demand\":\"438\"").getBytes(StandardCharsets.UTF_8);

        Map<String, Object> row = decoding.columns(message);

        assertArrayEquals(message, (byte[]) row.get("payload"));
        assertEquals("wrong_type", row.get("problem"));
        assertEquals(false, row.get("heartbeat"));
        assertReadingColumnsAreNull(row);
    }

    @Test
    void aGoodMessageKeepsItsBytes() {
        byte[] message = Decoding.GOOD.getBytes(StandardCharsets.UTF_8);

        Map<String, Object> row = decoding.columns(message);

        assertArrayEquals(message, (byte[]) row.get("payload"));
        assertNull(row.get("problem"));
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
        assertEquals(detail, decoding.columns(with(good, bad)).get("detail"));
    }

    @Test
    void aLongValueIsCutTo60Characters() {
        String detail =
                (String)
                        decoding.columns(with("MAC000002", "\ud83d\ude00".repeat(100)))
                                .get("detail");

        assertTrue(
                detail.startsWith("meter_id is \"" + "\ud83d\ude00".repeat(58) + "…; it must be"),
                detail);
    }

    private static String with(String good, String replacement) {
        assertTrue(Decoding.GOOD.contains(good), good);
        return Decoding.GOOD.replace(good, replacement);
    }

    private static void assertReadingColumnsAreNull(Map<String, Object> row) {
        for (String column : Decoding.READING_COLUMNS) {
            assertNull(row.get(column), column);
        }
    }
}
