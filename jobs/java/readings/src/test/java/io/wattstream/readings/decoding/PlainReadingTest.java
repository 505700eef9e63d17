package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A plain message says the same whether it is read in the quick way or as any other JSON. */
class PlainReadingTest {
    private static final String[] PIECES = {
        "0",
        "1",
        "9",
        "-",
        ".",
        "e",
        "E5",
        "\"",
        "\\",
        ",",
        "}",
        "{",
        " ",
        "null",
        "true",
        ":",
        "\u00e9",
        "12345678901234567890",
        "0.0005",
        "\"v\":1",
        "\"ts\":5",
        "gas",
        "[",
        "\n"
    };

    private final Decoding quick = new Decoding();
    private final Decoding slow = new Decoding();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "0.0",
                "-0.0",
                "00",
                "01",
                "1.",
                ".5",
                "-1",
                "-1.5",
                "1.0005",
                "0.1",
                "0.30000000000000004",
                "123456789012345",
                "1234567890123456",
                "99999999999.999",
                "100000000000",
                "100000000000.001",
                "12345678901.2345",
                "1e3",
                "1E3",
                "+1",
                "1_0",
                "4102444800000",
                "4102444800001",
                "9007199254740991",
                "9007199254740992",
                "NaN",
                "\"1\"",
                "null",
                "true",
                "1 ",
                " 1",
                "1.5 ",
                "999999999999999.9"
            })
    void numbersMeanTheSame(String number) {
        for (String field : List.of("ts", "seq", "register", "demand", "voltage_v")) {
            assertSame(Decoding.GOOD.replaceAll("(\"" + field + "\":)[0-9.]+", "$1" + number));
        }
    }

    @Test
    void spacesAroundValuesMeanTheSame() {
        for (String space : List.of(" ", "      ", "\t", "\n")) {
            assertSame(Decoding.GOOD.replace(":", ":" + space));
            assertSame(Decoding.GOOD.replace(",", space + ","));
            assertSame(Decoding.GOOD.replace(",", "," + space));
            assertSame(Decoding.GOOD.replace("}", space + "}"));
            for (String voltage : List.of("null", "nul", "nulll", "null null", "")) {
                assertSame(Decoding.GOOD.replace("230.1", space + voltage + space));
            }
        }
    }

    @Test
    void optionalFieldsMeanTheSame() {
        for (String more : List.of("\"energy\":1.5", "\"revision\":1", "\"quality\":\"final\"")) {
            assertSame(Decoding.GOOD.strip().replace("}", "," + more + "}"));
            assertSame(Decoding.GOOD);
        }
        assertSame(Decoding.GOOD.replace(",\"demand\":438", ""));
        assertSame(Decoding.GOOD.replace("438", "null"));
    }

    @Test
    void allPrefixesAndWhatFollowsMeanTheSame() {
        for (int length = 0; length <= Decoding.GOOD.length(); length++) {
            assertSame(Decoding.GOOD.substring(0, length));
        }
        for (String tail : List.of(" ", "}", ",", "{}", "\n", "\u0000")) {
            assertSame(Decoding.GOOD.strip() + tail);
        }
    }

    @Test
    void numbersOfAllLengthsAreReadAsParsingReadsThem() {
        Random random = new Random(3);
        for (int n = 0; n < 50_000; n++) {
            int decimals = random.nextInt(6);
            long digits = random.nextLong(PlainNumber.POWERS[1 + random.nextInt(11)]);
            String number = new java.math.BigDecimal(digits).movePointLeft(decimals).toString();
            String message =
                    Decoding.GOOD
                            .replace("\"register\":12345.678", "\"register\":" + number)
                            .replace("\"demand\":438", "\"demand\":-" + number);

            assertSame(message);
        }
    }

    @Test
    void brokenMessagesMeanTheSame() {
        Random random = new Random(6);
        int readings = 0;
        for (int n = 0; n < 100_000; n++) {
            StringBuilder message = new StringBuilder(Decoding.GOOD.strip());
            for (int change = random.nextInt(3); change >= 0; change--) {
                int at = random.nextInt(message.length());
                switch (random.nextInt(4)) {
                    case 0 -> message.deleteCharAt(at);
                    case 1 -> message.insert(at, PIECES[random.nextInt(PIECES.length)]);
                    case 2 -> message.setCharAt(at, (char) (32 + random.nextInt(96)));
                    default -> message.insert(at, message.charAt(at));
                }
            }
            readings += assertSame(message.toString()) ? 1 : 0;
        }
        assertTrue(readings > 3_000, "too few were readings still: " + readings);
    }

    private boolean assertSame(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        Map<String, Object> expected = slow.columnsTheSlowWay(bytes);

        assertEquals(expected, quick.columns(bytes), message);
        return expected.get("meter_id") != null;
    }
}
