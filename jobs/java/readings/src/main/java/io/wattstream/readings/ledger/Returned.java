package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;
import io.wattstream.readings.windows.Words;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A meter that is heard again after it had missed two readings or more: {@code Returned} of
 * contracts/facts.py.
 *
 * @param isFromGone whether it did not even count as alive
 * @param gained what its register gained in the silence, in thousandths, or {@link Words#NONE}
 * @param expected what it would have gained, or {@link Words#NONE}
 * @param cadenceMs after the return, or 0
 */
record Returned(
        String meterId,
        long lifeMs,
        long silentSinceMs,
        boolean isFromGone,
        long gained,
        long expected,
        long cadenceMs) {
    private static final BigInteger HOUR_MS = BigInteger.valueOf(3_600_000);

    /** What is known of a meter before a slice in which it is heard again. */
    static final class Before {
        private boolean isTold;
        private long lastMs;
        private long register;
        private long lifeMs;
        private boolean isGone;
        private boolean hasMean;
        private long mean;

        /** Remembers it. */
        void set(MeterState state) {
            isTold = state.known && !state.life.isAhead();
            lastMs = state.lastMs;
            register = state.register;
            lifeMs = state.life.lifeMs;
            isGone = state.life.level == Life.GONE;
            hasMean = state.life.hasMean;
            mean = state.life.mean;
        }

        /** Whether it had ever given a sign of life. */
        boolean isHeard() {
            return lifeMs != 0;
        }

        /** Whether the last one was before a time. */
        boolean isBefore(long timeMs) {
            return lifeMs < timeMs;
        }
    }

    private record Point(long tsMs, long seq, long register, long demand) {}

    /**
     * What there is to say of a meter's return, after it has heard its words of the slice. The
     * silence is the longest step between two readings, beginning with the latest one before.
     *
     * @param state after the words
     */
    static Returned of(String meterId, Before before, MeterState state, Words onTime, Words late) {
        if (!before.isTold) {
            return untold(meterId, before, state, onTime, late);
        }
        List<Point> points = new ArrayList<>();
        add(onTime, points);
        add(late, points);
        points.sort(Comparator.comparingLong(Point::tsMs).thenComparingLong(Point::seq));
        Point from = new Point(before.lastMs, 0, before.register, Words.NONE);
        // A clock that was set back says what is new at times that have been.
        Point silentFrom = from;
        Point first = points.isEmpty() ? from : points.get(points.size() - 1);
        long longestMs = 0;
        for (Point point : points) {
            if (point.tsMs <= from.tsMs) {
                continue;
            }
            if (point.tsMs - from.tsMs > longestMs) {
                longestMs = point.tsMs - from.tsMs;
                silentFrom = from;
                first = point;
            }
            from = point;
        }
        long sinceMs =
                silentFrom.tsMs == before.lastMs
                        ? before.lifeMs
                        : state.life.platformMs(silentFrom.tsMs);
        long lifeMs = Math.max(sinceMs, state.life.platformMs(first.tsMs));
        long cadenceMs = state.cadenceMs();
        long step = state.registerStep(silentFrom.register, first.register);
        long mean = before.hasMean ? before.mean : Words.NONE;
        long firstDemand = first.demand == Words.NONE ? mean : first.demand;
        boolean isTold = step >= 0 && !state.life.exports && !state.isInterval();
        return new Returned(
                meterId,
                lifeMs,
                sinceMs,
                before.isGone,
                isTold ? Math.max(0, step - energy(firstDemand, cadenceMs)) : Words.NONE,
                mean == Words.NONE
                        ? Words.NONE
                        : energy(mean, Math.max(0, lifeMs - sinceMs - cadenceMs)),
                cadenceMs);
    }

    private static Returned untold(
            String meterId, Before before, MeterState state, Words onTime, Words late) {
        long firstMs = Long.MAX_VALUE;
        for (Words words : List.of(onTime, late)) {
            for (int word = 0; word < words.size(); word++) {
                long tsMs = words.tsMs(word);
                long wordMs = state.life.platformMs(tsMs);
                if (before.isBefore(wordMs)
                        && !state.life.isOvertaken(tsMs, words.seq(word), state.cadenceMs())) {
                    firstMs = Math.min(firstMs, wordMs);
                }
            }
        }
        return untold(meterId, before, state, firstMs);
    }

    /**
     * As {@link #of}, where a register is not known before the silence or after it, since a clock
     * was too far ahead.
     *
     * @param firstMs of the slice's signs of life the first after those before
     */
    static Returned untold(String meterId, Before before, MeterState state, long firstMs) {
        long lifeMs = Math.min(firstMs, state.life.lifeMs);
        return new Returned(
                meterId,
                lifeMs,
                before.lifeMs,
                before.isGone,
                Words.NONE,
                Words.NONE,
                state.cadenceMs());
    }

    private static void add(Words words, List<Point> points) {
        for (int word = 0; word < words.size(); word++) {
            if (words.kind(word) != Words.REPEAT) {
                points.add(
                        new Point(
                                words.tsMs(word),
                                words.seq(word),
                                words.register(word),
                                words.demand(word)));
            }
        }
    }

    /** Of a demand that is drawn for so long; of none without. */
    private static long energy(long demand, long lengthMs) {
        return demand == Words.NONE
                ? 0
                : BigInteger.valueOf(demand)
                        .multiply(BigInteger.valueOf(lengthMs))
                        .divide(HOUR_MS)
                        .longValue();
    }

    void write(DataOutputView out) throws IOException {
        out.writeUTF(meterId);
        Varints.write(out, lifeMs);
        Varints.write(out, silentSinceMs);
        out.writeBoolean(isFromGone);
        Varints.write(out, gained);
        Varints.write(out, expected);
        Varints.write(out, cadenceMs);
    }

    static Returned read(DataInputView in) throws IOException {
        return new Returned(
                in.readUTF(),
                Varints.read(in),
                Varints.read(in),
                in.readBoolean(),
                Varints.read(in),
                Varints.read(in),
                Varints.read(in));
    }

    /** Appends it to JSON. */
    void append(StringBuilder json) {
        json.append("[\"").append(meterId).append("\",").append(lifeMs).append(',');
        json.append(silentSinceMs).append(',');
        append(json, gained);
        json.append(',');
        append(json, expected);
        json.append(',').append(cadenceMs).append(']');
    }

    private static void append(StringBuilder json, long energy) {
        if (energy == Words.NONE) {
            json.append("null");
        } else {
            LiveRow.appendThousandths(json, energy);
        }
    }

    /** In the order in which they came back, then by id. */
    static Comparator<Returned> order() {
        return Comparator.comparingLong(Returned::lifeMs).thenComparing(Returned::meterId);
    }
}
