package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What a feeder's supply meter said up to the last sign of life of any home, and since: what tells
 * a feeder without power from one without a link. Of readings nothing is kept but their mean before
 * and the least since.
 */
final class Supply {
    /** Readings that the mean is of, about. */
    private static final int MEAN_OF = 12;

    /** No reading has come since. */
    private static final long NONE = -1;

    private static final Comparator<Reading> IN_ORDER =
            Comparator.comparingLong(Reading::atMs)
                    .thenComparingLong(Reading::demand)
                    .thenComparingLong(Reading::cadenceMs);

    /**
     * One of the supply meter.
     *
     * @param atMs on the platform's clock
     * @param cadenceMs of the meter, 0 if it is not known
     */
    record Reading(long atMs, long demand, long cadenceMs) {
        void write(DataOutputView out) throws IOException {
            Varints.write(out, atMs);
            Varints.write(out, demand);
            Varints.write(out, cadenceMs);
        }

        static Reading read(DataInputView in) throws IOException {
            return new Reading(Varints.read(in), Varints.read(in), Varints.read(in));
        }
    }

    /** In the slice. */
    private final List<Reading> heard = new ArrayList<>();

    /** Exponential mean of all, and of those before the first that is since. */
    private boolean hasMean;

    private long mean;
    private boolean hasBefore;
    private long before;

    /** The last sign of life of any home. */
    private long lifeMs;

    /** The smallest amount since, or NONE, and when the latest interval began. */
    private long least = NONE;

    private long fromMs;

    /** Hears readings of the slice. */
    void hear(Collection<Reading> readings) {
        heard.addAll(readings);
    }

    /** After all that was heard in a slice. */
    void end(long lastLifeMs) {
        live(lastLifeMs);
        heard.sort(IN_ORDER);
        for (Reading reading : heard) {
            mean = hasMean ? mean + (reading.demand - mean) / MEAN_OF : reading.demand;
            hasMean = true;
            if (reading.atMs > lifeMs) {
                long amount = Math.abs(reading.demand);
                least = least == NONE ? amount : Math.min(least, amount);
                fromMs = Math.max(fromMs, reading.atMs - reading.cadenceMs);
            } else if (least == NONE) {
                before = mean;
                hasBefore = true;
            }
        }
        heard.clear();
    }

    /** What has been is before, as of a sign of life of a home. */
    private void live(long lastLifeMs) {
        if (lastLifeMs > lifeMs) {
            lifeMs = lastLifeMs;
            before = mean;
            hasBefore = hasMean;
            least = NONE;
            fromMs = 0;
        }
    }

    /** Appends to a fact what is known. */
    void append(StringBuilder json, long lastLifeMs) {
        live(lastLifeMs);
        if (hasBefore) {
            LiveRow.appendThousandths(json.append(",\"supply_before_w\":"), before);
        }
        if (least != NONE) {
            LiveRow.appendThousandths(json.append(",\"supply_least_w\":"), least);
            json.append(",\"supply_from_ms\":").append(fromMs);
        }
    }

    void write(DataOutputView out) throws IOException {
        out.writeBoolean(hasMean);
        out.writeBoolean(hasBefore);
        Varints.write(out, mean);
        Varints.write(out, before);
        Varints.write(out, lifeMs);
        Varints.write(out, least);
        Varints.write(out, fromMs);
    }

    void read(DataInputView in) throws IOException {
        hasMean = in.readBoolean();
        hasBefore = in.readBoolean();
        mean = Varints.read(in);
        before = Varints.read(in);
        lifeMs = Varints.read(in);
        least = Varints.read(in);
        fromMs = Varints.read(in);
    }
}
