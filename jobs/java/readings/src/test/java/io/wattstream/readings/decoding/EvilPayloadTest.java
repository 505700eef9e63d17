package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** No input throws, whatever it is and whatever came before it. */
class EvilPayloadTest {
    private static final int MUTATIONS = 50_000;

    private final Decoding decoding = new Decoding();

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
    void anyMutationIsGoodOrAProblem() {
        Random random = new Random(7);
        byte[] good =
                utf8(
                        withField(
                                "\"heartbeat\":true,\"x\":[\"\u00e4\\u0041\"],\"meter\":"
                                        + Decoding.ANNOUNCED));
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

    /** A reading followed by white space. */
    private static String padded(int bytes) {
        return Decoding.GOOD + " ".repeat(bytes - Decoding.GOOD.length());
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
