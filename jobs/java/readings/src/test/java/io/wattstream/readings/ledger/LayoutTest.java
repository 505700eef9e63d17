package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/** A job that would misread the state of another one refuses it by its number. */
class LayoutTest {
    private static final long T = 1_709_251_200_000L - 3_600_000;

    private static List<Entry> log() {
        List<Entry> log = new ArrayList<>();
        for (String meter : List.of("a", "b", "c")) {
            log.add(
                    Entry.announcement(T)
                            .of(meter)
                            .feeder("f")
                            .region("r")
                            .cadenceMs(5_000L)
                            .registerSize(100_000_000L)
                            .capacityW(9_000L)
                            .installedMs(T - 1));
        }
        for (long timeMs = 0; timeMs < 600_000; timeMs += 5_000) {
            long seq = timeMs / 5_000;
            log.add(Entry.reading(T + timeMs, seq, 7 * seq).of("a").demand(900_000L).volts(230.1));
            log.add(Entry.reading(T + timeMs, 7_000, seq % 50, seq).of("b").energy(9L));
            log.add(Entry.reading(T + timeMs + 15_000, -14_000, seq, 0).of("c"));
            log.add(seq % 20 == 7 ? Entry.closing(T + timeMs) : Entry.heartbeat(T + timeMs));
        }
        log.add(Entry.reading(T + 20_000, 580_500, 4, 29).of("a").revision(1));
        log.add(Entry.announcement(T + 599_000).of("b").removed());
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        return log;
    }

    /** If this fails, raise the number, then write down what it says. */
    @Test
    void whatIsWrittenOtherwiseHasAnotherNumber() throws Exception {
        LedgerRun run = new LedgerRun(1).read(log());
        CRC32 sum = new CRC32();
        sum.update(run.meterBytes());
        run.close();

        assertEquals(
                "meters 11 7ec0c69d",
                MeterOperator.LAYOUT + " " + HexFormat.of().toHexDigits((int) sum.getValue()));
    }
}
