package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;

/**
 * What is drawn behind a feeder and at which voltages, minute by minute, each figure the mean over
 * the minute's slices: {@code FeederMinute} of contracts/facts.py.
 */
final class FeederMinute {
    static final long MINUTE_MS = 60_000;

    /** Minutes in a row that are said though nothing is the matter: contracts/facts.py. */
    private static final int CALM_MINUTES = 5;

    /** From which share of the capacity on something is: as a fraction. */
    private static final long LOADED_PART = 3;

    private static final long LOADED_WHOLE = 4;
    private static final long THOUSAND = 1_000;

    /** What is, since the slice that changed it last. */
    private final Load now = new Load();

    /** What is, added up over slices of the minute; as {@code DEMAND} what was drawn. */
    private final long[] sums = new long[Load.FIGURES];

    /** End of the last slice that has been added. */
    private long countedMs = Long.MIN_VALUE;

    /** End of the slice that changed anything last. */
    private long changedMs = Long.MIN_VALUE;

    /** So many minutes more are said even if nothing is the matter. */
    private int left;

    /** Takes on what changes from a slice on. */
    void change(Load change, long endMs, long sliceMs) {
        count(endMs - sliceMs, startMs(endMs), sliceMs);
        now.add(change);
        changedMs = endMs;
    }

    private static long startMs(long endMs) {
        return endMs - 1 - Math.floorMod(endMs - 1, MINUTE_MS);
    }

    private void count(long endMs, long startMs, long sliceMs) {
        if (countedMs <= startMs) {
            Arrays.fill(sums, 0);
            countedMs = startMs;
        }
        long slices = Math.max(0, endMs - countedMs) / sliceMs;
        for (int i = 0; i < Load.FIGURES; i++) {
            sums[i] += slices * (i == Load.DEMAND ? now.drawn() : now.figures[i]);
        }
        countedMs = Math.max(countedMs, endMs);
    }

    /**
     * At the end of a minute.
     *
     * @return whether it is to be said
     */
    boolean end(long endMs, long sliceMs) {
        count(endMs, startMs(endMs), sliceMs);
        long most = LOADED_PART * THOUSAND * now.figures[Load.CAPACITY_W];
        boolean isLoaded = most > 0 && LOADED_WHOLE * Math.abs(drawn(sliceMs)) >= most;
        boolean isOutside = sums[Load.LOW] + sums[Load.HIGH] > 0;
        boolean isNearlyOutside = sums[Load.LOWERED] + sums[Load.RAISED] > 0;
        boolean wasOpen = left > 0;
        if (isLoaded || isOutside || (wasOpen && isNearlyOutside)) {
            left = CALM_MINUTES;
            return true;
        }
        left = Math.max(0, left - 1);
        return wasOpen;
    }

    /** Whether the next minute may have something to say even if nothing changes. */
    boolean isAwaited(long endMs) {
        return left > 0 || changedMs > endMs - MINUTE_MS;
    }

    private long drawn(long sliceMs) {
        return sums[Load.DEMAND] / (MINUTE_MS / sliceMs);
    }

    /** Appends the figures of the minute that has ended. */
    void append(StringBuilder json, long sliceMs) {
        appendMean(json, "homes", Load.HOMES, sliceMs);
        LiveRow.appendThousandths(json.append(",\"demand_w\":"), drawn(sliceMs));
        json.append(",\"by_supply\":").append(now.figures[Load.SUPPLIES] > 0);
        long capacityW = now.figures[Load.CAPACITY_W];
        json.append(",\"capacity_w\":").append(capacityW > 0 ? String.valueOf(capacityW) : "null");
        appendMean(json, "voltages", Load.VOLTAGES, sliceMs);
        appendMean(json, "low", Load.LOW, sliceMs);
        appendMean(json, "lowered", Load.LOWERED, sliceMs);
        appendMean(json, "high", Load.HIGH, sliceMs);
        appendMean(json, "raised", Load.RAISED, sliceMs);
    }

    private void appendMean(StringBuilder json, String name, int figure, long sliceMs) {
        json.append(",\"").append(name).append("\":");
        LiveRow.appendThousandths(json, THOUSAND * sums[figure] / (MINUTE_MS / sliceMs));
    }

    void write(DataOutputView out) throws IOException {
        now.write(out);
        for (long sum : sums) {
            Varints.write(out, sum);
        }
        out.writeLong(countedMs);
        out.writeLong(changedMs);
        out.writeByte(left);
    }

    void read(DataInputView in) throws IOException {
        now.read(in);
        for (int i = 0; i < Load.FIGURES; i++) {
            sums[i] = Varints.read(in);
        }
        countedMs = in.readLong();
        changedMs = in.readLong();
        left = in.readByte();
    }
}
