package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.Arrays;

/**
 * What few meters need to be remembered by: runs of sequence numbers before the latest one, in the
 * order of time, and the latest revisions that had a number.
 */
final class Odd {
    /** More runs are the mark of a meter that loses much; the oldest is forgotten. */
    private static final int MOST_RUNS = 64;

    private static final int MOST_REVISIONS = 16;

    /** Numbers of a run: first and last sequence number, first and last time. */
    private static final int RUN = 4;

    private long[] runs = {};
    private long[] revisions = {};
    private boolean forgot;

    Odd copy() {
        Odd copy = new Odd();
        copy.runs = runs.clone();
        copy.revisions = revisions.clone();
        copy.forgot = forgot;
        return copy;
    }

    int runs() {
        return runs.length / RUN;
    }

    long firstSeq(int run) {
        return runs[run * RUN];
    }

    long lastSeq(int run) {
        return runs[run * RUN + 1];
    }

    long firstMs(int run) {
        return runs[run * RUN + 2];
    }

    long lastMs(int run) {
        return runs[run * RUN + 3];
    }

    boolean contains(long tsMs, long seq) {
        for (int run = runs() - 1; run >= 0; run--) {
            if (seq >= firstSeq(run)
                    && seq <= lastSeq(run)
                    && tsMs >= firstMs(run)
                    && tsMs <= lastMs(run)) {
                return true;
            }
        }
        return false;
    }

    /** Puts a run before another one, or behind all. */
    void insert(int run, long firstSeq, long lastSeq, long firstMs, long lastMs) {
        int at = run * RUN;
        long[] more = new long[runs.length + RUN];
        System.arraycopy(runs, 0, more, 0, at);
        more[at] = firstSeq;
        more[at + 1] = lastSeq;
        more[at + 2] = firstMs;
        more[at + 3] = lastMs;
        System.arraycopy(runs, at, more, at + RUN, runs.length - at);
        runs = more;
    }

    /** Forgets the oldest runs if they are too many. */
    void trim() {
        if (runs() > MOST_RUNS) {
            runs = Arrays.copyOfRange(runs, runs.length - MOST_RUNS * RUN, runs.length);
            forgot = true;
        }
    }

    /** Whether there were runs before the first. */
    boolean forgot() {
        return forgot;
    }

    void remove(int run) {
        long[] fewer = new long[runs.length - RUN];
        System.arraycopy(runs, 0, fewer, 0, run * RUN);
        System.arraycopy(runs, (run + 1) * RUN, fewer, run * RUN, runs.length - (run + 1) * RUN);
        runs = fewer;
    }

    void setFirst(int run, long seq, long tsMs) {
        runs[run * RUN] = seq;
        runs[run * RUN + 2] = tsMs;
    }

    void setLast(int run, long seq, long tsMs) {
        runs[run * RUN + 1] = seq;
        runs[run * RUN + 3] = tsMs;
    }

    /** Remembers a revision, and returns whether it was not known. */
    boolean addRevision(long hash) {
        for (long known : revisions) {
            if (known == hash) {
                return false;
            }
        }
        int kept = Math.min(revisions.length, MOST_REVISIONS - 1);
        long[] more = Arrays.copyOfRange(revisions, revisions.length - kept, revisions.length + 1);
        more[kept] = hash;
        revisions = more;
        return true;
    }

    void write(DataOutputView out) throws IOException {
        out.writeBoolean(forgot);
        for (long[] numbers : new long[][] {runs, revisions}) {
            out.writeInt(numbers.length);
            for (long number : numbers) {
                Varints.write(out, number);
            }
        }
    }

    static Odd read(DataInputView in) throws IOException {
        Odd odd = new Odd();
        odd.forgot = in.readBoolean();
        odd.runs = numbers(in);
        odd.revisions = numbers(in);
        return odd;
    }

    private static long[] numbers(DataInputView in) throws IOException {
        long[] numbers = new long[in.readInt()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Varints.read(in);
        }
        return numbers;
    }
}
