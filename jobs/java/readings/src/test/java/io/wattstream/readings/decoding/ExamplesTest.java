package io.wattstream.readings.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The examples of the contract are what it says, in the quick way for plain messages, too. */
class ExamplesTest {
    private static final Set<String> GOOD = Set.of("reading", "announcement", "heartbeat");

    private final Decoding decoding = new Decoding();

    static List<Example> examples() throws IOException {
        return Example.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void isWhatTheContractSays(Example example) {
        byte[] message = example.message();

        assertIs(example, message, decoding.columns(message));
        assertIs(example, message, decoding.columnsTheSlowWay(message));
    }

    private static void assertIs(Example example, byte[] message, Map<String, Object> columns) {
        String verdict = example.verdict();
        boolean good = GOOD.contains(verdict);
        byte[] kept = verdict.equals("too_large") ? null : message;

        assertEquals(
                good ? null : verdict, columns.get("problem"), () -> "" + columns.get("detail"));
        assertEquals(good, columns.get("detail") == null);
        assertEquals(verdict.equals("heartbeat"), columns.get("heartbeat"));
        assertEquals(verdict.equals("announcement"), columns.get("announcement"));
        for (String field : Decoding.SAID_COLUMNS) {
            assertEquals(example.value(field), columns.get(field), field);
        }
        assertEquals(example.value("lost_power_ms"), columns.get("lost_power_ms"));
        if (verdict.equals("heartbeat") && example.value("closing") != null) {
            assertEquals(example.value("closing"), columns.get("closing"));
        }
        assertArrayEquals(kept, (byte[]) columns.get("payload"));
    }
}
