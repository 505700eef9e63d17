package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.table.data.StringData;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;

/**
 * Prints the processor time to find the largest among a million meters in as many groups as a job
 * has. Run its main method, with 2 GB, and take the smallest number: the first rounds warm up, and
 * others may use the machine.
 */
final class LargestBenchmark {
    private static final int METERS = 1_000_000;
    private static final int GROUPS = 128;
    private static final int ROUNDS = 15;
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

    private LargestBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Random random = new Random(1);
        RowTable[] tables = new RowTable[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            tables[group] = new RowTable(MeterState.OWN);
        }
        for (int meter = 0; meter < METERS; meter++) {
            RowTable table = tables[random.nextInt(GROUPS)];
            StringData id = StringData.fromString("meter-%07d".formatted(meter));
            int at = table.at(table.findOrAdd(new RowKey().set(id, random.nextInt(3))));
            at += RowTable.OWN;
            table.rows[at + MeterState.SHARE_DEMAND] = random.nextInt(4_000_000);
            table.rows[at + MeterState.SHARE_ENERGY] = random.nextInt(9_000_000);
        }
        LargestScan scan = new LargestScan();
        for (int round = 0; round < ROUNDS; round++) {
            long startNs = CLOCK.getCurrentThreadCpuTime();
            long bytes = 0;
            for (RowTable table : tables) {
                scan.of(table);
                for (int number = 0; number < LargestRow.NUMBERS; number++) {
                    bytes += scan.bytes(number).length;
                }
            }
            double ms = (CLOCK.getCurrentThreadCpuTime() - startNs) / 1e6;
            System.out.printf("%.1f ms for %,d meters, %,d bytes%n", ms, METERS, bytes);
        }
    }
}
