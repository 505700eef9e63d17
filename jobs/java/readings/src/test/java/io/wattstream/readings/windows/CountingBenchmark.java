package io.wattstream.readings.windows;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;

/**
 * Prints the processor time to count a reading in a table, to add a part of a slice, and to send a
 * row. Run its main method with a number of meters, 50,000 for a fleet and 100 for what the
 * processor's caches hold, and take the smallest numbers: the first rounds warm up, and others may
 * use the machine.
 */
final class CountingBenchmark {
    private static final int TABLES = 3;
    private static final int READINGS = 1_000_000;
    private static final int ROUNDS = 10;

    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final StringData GEOHASH = StringData.fromString("gcpvj0du");
    private static final StringData COMMODITY = StringData.fromString("electricity");

    private final StringData[] meters;
    private final int[] order = new int[READINGS];
    private final MeterTable[] tables = new MeterTable[TABLES];

    private CountingBenchmark(int fleet) {
        meters = new StringData[fleet];
        Commodities commodities = new Commodities();
        for (int i = 0; i < TABLES; i++) {
            tables[i] = new MeterTable(commodities);
        }
        for (int i = 0; i < fleet; i++) {
            meters[i] = StringData.fromString("meter-%08d".formatted(i));
        }
        Random random = new Random(1);
        for (int i = 0; i < READINGS; i++) {
            order[i] = random.nextInt(fleet);
        }
    }

    public static void main(String[] arguments) {
        CountingBenchmark benchmark = new CountingBenchmark(Integer.parseInt(arguments[0]));
        for (int round = 0; round < ROUNDS; round++) {
            measure("reading", benchmark::count);
            measure("part", benchmark::addParts);
            measure("row sent", benchmark::send);
        }
    }

    private interface Work {
        /** Does it, and returns how often. */
        long run();
    }

    private static void measure(String name, Work work) {
        long started = CLOCK.getCurrentThreadCpuTime();
        long times = work.run();
        long picoseconds = (CLOCK.getCurrentThreadCpuTime() - started) * 1_000 / times;
        System.out.printf("%-10s %8.1f ns%n", name, picoseconds / 1_000.0);
    }

    private long count() {
        MeterBatch batch = new MeterBatch();
        for (int i = 0; i < READINGS; i++) {
            batch.addReading(
                    tables[i % TABLES], meters[order[i]], GEOHASH, COMMODITY, i, i, order[i], -i);
        }
        batch.flush();
        return READINGS;
    }

    private long addParts() {
        GenericRowData row = MeterRow.empty();
        MeterTable sums = new MeterTable(new Commodities());
        for (MeterTable table : tables) {
            for (int i = 0; i < table.size(); i++) {
                MeterRow.fill(row, table, i, 0L);
                MeterRow.addTo(sums, row);
            }
        }
        return (long) TABLES * sums.size();
    }

    private long send() {
        GenericRowData row = MeterRow.empty();
        long sent = 0;
        for (MeterTable table : tables) {
            for (int i = 0; i < table.size(); i++) {
                MeterRow.fill(row, table, i, 0L);
                sent++;
            }
        }
        return sent;
    }
}
