package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
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
    private final ReadingDecoder decoder = new ReadingDecoder();

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
        assertEquals(0L, row.get("revision"));
        assertEquals(false, row.get("announcement"));
        for (String column :
                List.of("problem", "detail", "energy", "interval_ms", "quality", "quality_code")) {
            assertNull(row.get(column), column);
        }
    }

    @Test
    void anAnnouncementFillsItsColumnsAndNoOthers() {
        Map<String, Object> row =
                decoding.columns("{\"meter\":" + Decoding.ANNOUNCED.strip() + "}");

        assertEquals("MAC000002", row.get("meter_id"));
        assertEquals("gcpuvbx10bcd", row.get("geohash"));
        assertEquals("gas", row.get("commodity"));
        assertEquals("f", row.get("feeder"));
        assertEquals("US-CA", row.get("region"));
        assertEquals(60000L, row.get("cadence_ms"));
        assertEquals("interval", row.get("kind"));
        assertEquals(65536000L, row.get("register_size"));
        assertEquals(false, row.get("removed"));
        assertEquals(100000L, row.get("capacity_w"));
        assertEquals("off", row.get("supply"));
        assertEquals(1356998400000L, row.get("installed_ms"));
        assertEquals(true, row.get("announcement"));
        assertEquals(false, row.get("heartbeat"));
        assertEquals(0L, row.get("revision"));
        for (String column : List.of("ts", "seq", "register", "demand", "energy", "problem")) {
            assertNull(row.get(column), column);
        }
    }

    @Test
    void textsOfClosedSetsAreTheSameObjects() {
        String reading = with("}", ",\"quality\":\"final\"}");
        String announcement = "{\"meter\":" + Decoding.ANNOUNCED.strip() + "}";

        for (ReadingColumn column : List.of(ReadingColumn.QUALITY, ReadingColumn.COMMODITY)) {
            assertSame(value(column, reading), value(column, reading));
        }
        for (ReadingColumn column : List.of(ReadingColumn.KIND, ReadingColumn.COMMODITY)) {
            assertSame(value(column, announcement), value(column, announcement));
        }
    }

    private Object value(ReadingColumn column, String message) {
        decoder.decode(message.getBytes(StandardCharsets.UTF_8));
        return column.of(decoder);
    }

    @Test
    void aMessageLeavesNothingToTheNext() {
        decoding.columns(Decoding.GOOD);
        decoding.columns(with("}", ",\"energy\":1,\"revision\":2,\"quality\":\"final\"}"));
        decoding.columns("{\"meter\":" + Decoding.ANNOUNCED.strip() + "}");
        decoding.columns("{\"v\":2,\"heartbeat\":true}");

        Map<String, Object> row = decoding.columns(with(",\"voltage_v\":230.1", ""));

        assertNull(row.get("problem"));
        for (String column : List.of("voltage_v", "energy", "quality", "feeder", "removed")) {
            assertNull(row.get(column), column);
        }
        assertEquals(0L, row.get("revision"));
        assertEquals(false, row.get("announcement"));
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
                        + " must be one of electricity, gas, water, supply",
                "\"geohash\":\"gcpuvbx10bcd\"|\"geohash\":\"gcpa1\"|geohash is \"gcpa1\"; it must"
                        + " be 5 to 12 characters of 0-9 and b-z without i, l, o",
                "\"ts\":1357000200000|\"ts\":false|ts is false; it must be an integer without"
                        + " fraction or exponent",
                "\"meter_id\":\"MAC000002\"|\"v\":\"1\"|v is \"1\"; it must be 1",
                "\"meter_id\":\"MAC000002\"|\"heartbeat\":0|heartbeat is 0; it must be a boolean",
                "\"meter_id\":\"MAC000002\"|\"heartbeat\":false|heartbeat is false; it must be true",
                "\"meter_id\":\"MAC000002\"|\"meter\":\"a\"|meter is \"a\"; it must be an object",
                "\"meter_id\":\"MAC000002\"|\"meter\":{\"meter_id\":7}|meter.meter_id is 7; it must"
                        + " be a string",
                "\"meter_id\":\"MAC000002\"|\"meter\":{}|meter.meter_id is missing or null; it must"
                        + " be a string",
                "\"meter_id\":\"MAC000002\"|\"meter\":{\"meter_id\":\"a\",\"geohash\":\"gcpuv\","
                        + "\"commodity\":\"gas\",\"register_size\":0}|meter.register_size is 0; it"
                        + " must be from 0.001 to 100000000000",
                "\"meter_id\":\"MAC000002\"|\"meter\":{\"meter_id\":\"a\",\"geohash\":\"gcpuv\","
                        + "\"commodity\":\"gas\",\"capacity_w\":0}|meter.capacity_w is 0; it must be"
                        + " from 1 to 1000000000",
                "\"demand\":438|\"interval_ms\":0|interval_ms is 0; it must be from 1 to 2678400000",
                "\"demand\":438|\"quality\":5|quality is 5; it must be a string",
                "\"demand\":438|\"quality_code\":\"\"|quality_code is \"\"; it must be 1 to 16"
                        + " characters of printable ASCII"
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
        for (String column : Decoding.SAID_COLUMNS) {
            assertEquals(column.equals("revision") ? 0L : null, row.get(column), column);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0000',
            nullValues = "null",
            value = {
                "{\"heartbeat\":true,\"closing\":true}|true",
                "{\"closing\":true,\"heartbeat\":true}|true",
                "{\"heartbeat\":true}|false",
                "{\"heartbeat\":true,\"closing\":false}|false",
                "{\"heartbeat\":true,\"closing\":[true]}|false",
                "{\"heartbeat\":true,\"closing\":\"true\"}|false",
                "{\"event\":\"power_lost\",\"meter_id\":\"a\",\"ts\":1,\"seq\":1,\"closing\":true}|null",
                "{\"heartbeat\":false,\"closing\":true}|null"
            })
    void aHeartbeatMaySayThatItsWriterCloses(String message, Boolean isClosing) {
        // Nothing of the message before remains.
        assertEquals(
                true, decoding.columns("{\"heartbeat\":true,\"closing\":true}").get("closing"));
        assertEquals(isClosing, decoding.columns(message).get("closing"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0000',
            nullValues = "null",
            value = {
                "{\"event\":\"power_lost\",\"meter_id\":\"a\",\"ts\":7,\"seq\":1}|a|7",
                "{\"event\":\"power_lost\",\"meter_id\":\"a\",\"seq\":1}|null|null",
                "{\"heartbeat\":true,\"event\":\"power_lost\",\"meter_id\":\"a\",\"ts\":7,\"seq\":1}|null|null",
                "{\"heartbeat\":true}|null|null"
            })
    void aMeterMaySayThatItLostPower(String message, String meterId, Long lostPowerMs) {
        Map<String, Object> row = decoding.columns(message);

        assertEquals(meterId, row.get("meter_id"));
        assertEquals(lostPowerMs, row.get("lost_power_ms"));
        assertEquals(null, row.get("ts"));
        // Nothing of it remains for the reading after it.
        row = decoding.columns(Decoding.GOOD);
        assertEquals("MAC000002", row.get("meter_id"));
        assertEquals(null, row.get("lost_power_ms"));
    }
}
