package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Geohashes as numbers: nothing is lost, and their order is that of the texts. */
class GeohashTest {
    private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";

    @Test
    void numbersAreInTheOrderOfTheTexts() {
        Random random = new Random(1);
        List<String> texts = new ArrayList<>(List.of("", "0", "00", "z", "zzzzzzzzzzzz", "gcpvj"));
        for (int n = 0; n < 300; n++) {
            StringBuilder text = new StringBuilder(texts.get(random.nextInt(texts.size())));
            text.setLength(random.nextInt(1 + Math.min(text.length(), 11)));
            while (random.nextBoolean() && text.length() < 12) {
                text.append(ALPHABET.charAt(random.nextInt(32)));
            }
            texts.add(text.toString());
        }
        for (String one : texts) {
            assertEquals(one, new String(Geohash.unpack(pack(one)), StandardCharsets.US_ASCII));
            for (String other : texts) {
                assertEquals(
                        Integer.signum(one.compareTo(other)),
                        Long.compare(pack(one), pack(other)),
                        one + " and " + other);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "gcpvA", "gcpv ", "gcpv\u00e9", "0123456789bcd"})
    void aTextThatIsNoneIsRefused(String text) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> pack(text));

        assertEquals("'" + text + "' is no geohash of up to 12 characters", refusal.getMessage());
    }

    private static long pack(String geohash) {
        return Geohash.pack(geohash.getBytes(StandardCharsets.UTF_8));
    }
}
