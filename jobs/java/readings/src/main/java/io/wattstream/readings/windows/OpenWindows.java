package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Windows of one length that are open, half-open and aligned to the epoch; each has the words of
 * every group of meters apart, since state is handed on by group.
 */
public final class OpenWindows {
    /** Emptied windows that are kept for the next ones: each may be as large as the fleet. */
    private static final int SPARE = 1;

    /** Windows that are found without a search: readings are spread over a few. */
    private static final int RECENT = 4;

    private final long lengthMs;
    private final int groups;
    private final TreeMap<Long, MeterWords[]> open = new TreeMap<>();
    private final Deque<MeterWords[]> spare = new ArrayDeque<>();
    private final MeterWords[][] recent = new MeterWords[RECENT][];
    private final long[] recentStartMs = new long[RECENT];

    public OpenWindows(long lengthMs, int groups) {
        this.lengthMs = lengthMs;
        this.groups = groups;
    }

    /** When the window begins that holds a moment. */
    public long startMs(long timeMs) {
        return timeMs - Math.floorMod(timeMs, lengthMs);
    }

    /** When it ends, the first moment of the next one. */
    public long endMs(long timeMs) {
        return startMs(timeMs) + lengthMs;
    }

    /** Words of a group in the window that holds a moment. */
    public MeterWords words(long timeMs, int group) {
        long startMs = startMs(timeMs);
        int place = (int) (startMs / lengthMs) & RECENT - 1;
        if (recent[place] == null || startMs != recentStartMs[place]) {
            recent[place] = open.computeIfAbsent(startMs, start -> unused());
            recentStartMs[place] = startMs;
        }
        return recent[place][group];
    }

    private MeterWords[] unused() {
        MeterWords[] words = spare.poll();
        if (words == null) {
            words = new MeterWords[groups];
            Arrays.setAll(words, group -> new MeterWords());
        }
        return words;
    }

    /** End of the first window that is open; the largest number if none is. */
    public long firstEndMs() {
        return open.isEmpty() ? Long.MAX_VALUE : open.firstKey() + lengthMs;
    }

    /** The open windows by their starts. */
    public Map<Long, MeterWords[]> open() {
        return open;
    }

    /** The first window, taken out; give its words back. */
    public Map.Entry<Long, MeterWords[]> pollFirst() {
        Arrays.fill(recent, null);
        return open.pollFirstEntry();
    }

    /** Takes back the words of a window that is done with. */
    public void giveBack(MeterWords[] words) {
        if (spare.size() < SPARE) {
            for (MeterWords each : words) {
                each.clear();
            }
            spare.push(words);
        }
    }

    /** Writes what all windows hold of a group. */
    public void write(int group, DataOutputView out) throws IOException {
        out.writeInt(open.size());
        for (Map.Entry<Long, MeterWords[]> window : open.entrySet()) {
            out.writeLong(window.getKey());
            window.getValue()[group].write(out);
        }
    }

    /** Adds what {@link #write} wrote. */
    public void read(int group, DataInputView in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            words(in.readLong(), group).read(in);
        }
    }
}
