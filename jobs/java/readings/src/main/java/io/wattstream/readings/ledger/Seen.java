package io.wattstream.readings.ledger;

import javax.annotation.Nullable;

/**
 * Which readings of a meter have been seen, and how many sequence numbers between them have not.
 *
 * <p>They are runs of sequence numbers, in the order of time: a meter that works has one, one that
 * loses readings, wraps or begins again has more. The latest run is here, the others are rare.
 */
final class Seen {
    long firstSeq;
    long lastSeq;
    long firstMs;
    long lastMs;
    long lost;
    boolean any;
    @Nullable Odd odd;

    boolean contains(long tsMs, long seq) {
        if (!any) {
            return false;
        }
        if (seq >= firstSeq && seq <= lastSeq && tsMs >= firstMs && tsMs <= lastMs) {
            return true;
        }
        return odd != null && odd.contains(tsMs, seq);
    }

    /** Adds a reading that has not been seen. */
    void add(long tsMs, long seq) {
        if (!any) {
            any = true;
            begin(tsMs, seq);
        } else if (tsMs > lastMs || (tsMs == lastMs && seq > lastSeq)) {
            lost += Sequence.step(lastSeq, seq) - 1;
            if (seq != lastSeq + 1) {
                odd().insert(odd.runs(), firstSeq, lastSeq, firstMs, lastMs);
                odd.trim();
                begin(tsMs, seq);
            }
            lastSeq = seq;
            lastMs = tsMs;
        } else {
            addBefore(tsMs, seq);
        }
    }

    private void begin(long tsMs, long seq) {
        firstSeq = seq;
        lastSeq = seq;
        firstMs = tsMs;
        lastMs = tsMs;
    }

    /** Adds a reading that is older than the latest. */
    private void addBefore(long tsMs, long seq) {
        Odd runs = odd();
        // The latest run is the last of them meanwhile.
        runs.insert(runs.runs(), firstSeq, lastSeq, firstMs, lastMs);
        int after = runs.runs();
        while (after > 0 && !isBehind(runs, after - 1, tsMs, seq)) {
            after--;
        }
        if (after > 0 || !runs.forgot()) {
            lost += gapMade(runs, after, seq);
            join(runs, after, tsMs, seq);
        } else if (lost > 0) {
            // It counts as new, so it was missing where nobody remembers the runs around it.
            lost--;
        }
        int latest = runs.runs() - 1;
        firstSeq = runs.firstSeq(latest);
        lastSeq = runs.lastSeq(latest);
        firstMs = runs.firstMs(latest);
        lastMs = runs.lastMs(latest);
        runs.remove(latest);
        runs.trim();
    }

    /** By how much the losses change through a number between two runs, or at one's outer end. */
    private static long gapMade(Odd runs, int after, long seq) {
        boolean hasAfter = after < runs.runs();
        long gap = hasAfter ? Sequence.step(seq, runs.firstSeq(after)) - 1 : 0;
        if (after > 0) {
            gap += Sequence.step(runs.lastSeq(after - 1), seq) - 1;
            if (hasAfter) {
                gap -= Sequence.step(runs.lastSeq(after - 1), runs.firstSeq(after)) - 1;
            }
        }
        return gap;
    }

    private static void join(Odd runs, int after, long tsMs, long seq) {
        // A clock that went back says the next number at a time that is within the run.
        boolean joinsBefore =
                after > 0 && runs.lastSeq(after - 1) + 1 == seq && runs.lastMs(after - 1) <= tsMs;
        boolean joinsAfter = after < runs.runs() && seq + 1 == runs.firstSeq(after);
        if (joinsBefore && joinsAfter) {
            runs.setLast(after - 1, runs.lastSeq(after), runs.lastMs(after));
            runs.remove(after);
        } else if (joinsBefore) {
            runs.setLast(after - 1, seq, tsMs);
        } else if (joinsAfter) {
            runs.setFirst(after, seq, tsMs);
        } else {
            runs.insert(after, seq, seq, tsMs, tsMs);
        }
    }

    /** Whether a reading is not before the beginning of a run. */
    private static boolean isBehind(Odd runs, int run, long tsMs, long seq) {
        return tsMs > runs.firstMs(run) || (tsMs == runs.firstMs(run) && seq > runs.firstSeq(run));
    }

    Odd odd() {
        if (odd == null) {
            odd = new Odd();
        }
        return odd;
    }
}
