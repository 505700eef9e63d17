package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.Words;

import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the days of each feeder learn in one slice from the meters of one subtask.
 *
 * <p>Of a meter's readings those go on that may be the last of their half-hour: the latest one of
 * before, when a reading of another half-hour comes; all that come with that, or late, or at the
 * very end of one. So do the first that a meter says behind a feeder, and those by which it is in
 * another area; nothing does that it said behind another one. Nothing is said of readings behind a
 * feeder that never had a supply meter, as nobody asks for its days.
 */
final class DayChanges {
    private final Names names;

    /**
     * Numbers of the feeders that have a supply meter, or had one since the job began or went on:
     * all subtasks are told, before a slice closes in which one was announced.
     */
    private final BitSet supplied = new BitSet();

    /** By the numbers of feeders. */
    private final Map<Integer, DayPart> parts = new TreeMap<>();

    /** Before the words of a slice: the latest reading, if there is one. */
    private boolean wasKnown;

    private long beforeMs;
    private long beforeRegister;
    private int beforeArea;

    DayChanges(Names names) {
        this.names = names;
    }

    /** Which feeder's days a meter is in, 0 for none: that of registers of electricity. */
    static int feederOf(RowKey meter, MeterState state) {
        boolean isElectric =
                meter.number() == Commodity.ELECTRICITY || meter.number() == Commodity.SUPPLY;
        return isElectric && !state.isInterval() ? state.feeder : 0;
    }

    private static boolean isSupply(RowKey meter) {
        return meter.number() == Commodity.SUPPLY;
    }

    private DayPart of(int feeder) {
        return parts.computeIfAbsent(feeder, number -> new DayPart());
    }

    /** A feeder has a supply meter. */
    void supply(int feeder) {
        supplied.set(feeder);
    }

    /** The registry says in which feeder's days a meter is, and in which it was; 0 is none. */
    void move(RowKey meter, MeterState state, int from, int to) {
        if (from == to) {
            return;
        }
        state.hasCome = true;
        try {
            if (from != 0) {
                of(from).leave(isSupply(meter), meter.id().toString());
            }
            if (to != 0) {
                of(to).join(isSupply(meter), meter.id().toString());
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Before the words of a slice. */
    void begin(MeterState state) {
        wasKnown = state.known;
        beforeMs = state.lastMs;
        beforeRegister = state.register;
        beforeArea = Geohash.area(state.geohash);
    }

    /** After them: it is known what became of each. */
    void hear(RowKey meter, MeterState state, Words onTime, Words late) {
        int feeder = feederOf(meter, state);
        boolean hasCome = state.hasCome;
        state.hasCome &= wasKnown ? beforeMs == state.lastMs : !state.known;
        if (!supplied.get(feeder) || !state.known) {
            return;
        }
        boolean isOver = !wasKnown || Days.endOf(beforeMs) != Days.endOf(state.lastMs);
        boolean isSame = !isOver && beforeArea == Geohash.area(state.geohash);
        if (isSame && !hasCome && late.size() == 0 && Days.endOf(state.lastMs) != state.lastMs) {
            return;
        }
        try {
            DayPart part = of(feeder);
            String meterId = meter.id().toString();
            int area = Geohash.area(state.geohash);
            if (isOver && wasKnown && !hasCome) {
                part.read(isSupply(meter), meterId, area, beforeMs, beforeRegister);
            }
            hear(part, isSupply(meter), meterId, area, onTime);
            hear(part, isSupply(meter), meterId, area, late);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Lets the last of each half-hour go on, as far as words come in order. */
    private static void hear(DayPart part, boolean isSupply, String meterId, int area, Words words)
            throws IOException {
        int last = -1;
        for (int word = 0; word < words.size(); word++) {
            if (words.kind(word) == Words.REPEAT) {
                continue;
            }
            if (last >= 0
                    && (words.tsMs(word) < words.tsMs(last)
                            || Days.endOf(words.tsMs(word)) != Days.endOf(words.tsMs(last)))) {
                part.read(isSupply, meterId, area, words.tsMs(last), words.register(last));
            }
            last = word;
        }
        if (last >= 0) {
            part.read(isSupply, meterId, area, words.tsMs(last), words.register(last));
        }
    }

    /** Sends all of them, and forgets them. */
    void send(long endMs, Consumer<RowData> out) {
        parts.forEach(
                (feeder, part) -> out.accept(PartRow.of(names.name(feeder), endMs, part.bytes())));
        parts.clear();
    }
}
