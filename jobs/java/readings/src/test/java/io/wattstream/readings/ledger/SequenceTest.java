package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By how much a sequence number grew. */
class SequenceTest {
    @ParameterizedTest
    @CsvSource({
        "7, 8, 1",
        "7, 10, 3",
        "7, 7, 1",
        "65535, 0, 1",
        "65534, 1, 3",
        "65535, 63, 64",
        "65535, 64, 1",
        "65472, 0, 64",
        "65471, 0, 1",
        "65536, 0, 1",
        "4294967295, 0, 1",
        "4294967294, 2, 4",
        "4294967295, 63, 64",
        "4294967295, 64, 1",
        "4294967296, 0, 1",
        "753894, 0, 1",
        "0, 9007199254740991, 9007199254740991"
    })
    void aNumberGrowsWrapsOrBeginsAgain(long from, long to, long step) {
        assertEquals(step, Sequence.step(from, to));
    }
}
