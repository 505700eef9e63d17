package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import javax.annotation.Nullable;

/** The days of a feeder's meters: {@code FeederDay} of contracts/facts.py. */
final class FeederDays {
    /** Meters in a list at most: contracts/facts.py. */
    private static final int MOST_METERS = 500;

    /** How long after its end a day is said: contracts/facts.py. */
    static final long WAIT_MS = 6 * 3_600_000;

    private static final int A_METER = 300;
    private static final int NOWHERE = -1;

    private final String name;

    /** By their ids; null of one of which no reading has to be kept. */
    private final NavigableMap<String, Days> supplies = new TreeMap<>();

    private final NavigableMap<String, Days> homes = new TreeMap<>();

    /** In which there is a reading, and which have not been said. */
    private final NavigableSet<Long> open = new TreeSet<>();

    /** Days of a supply meter that is gone, as they will be said. */
    private final NavigableMap<Long, byte[]> told = new TreeMap<>();

    /** In the slice: supply meters that came, and those that left, by their ids. */
    private final Set<String> came = new HashSet<>();

    private final NavigableMap<String, Days> gone = new TreeMap<>();

    /** Where the supply meter is. */
    private int area = NOWHERE;

    FeederDays(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** When the first day is to be said; the largest number if there is none. */
    long dueMs() {
        long dayMs = firstMs();
        return dayMs == Long.MAX_VALUE ? dayMs : dueMs(dayMs);
    }

    /** The first day that is to be said. */
    private long firstMs() {
        long openMs = open.isEmpty() ? Long.MAX_VALUE : open.first();
        return told.isEmpty() ? openMs : Math.min(openMs, told.firstKey());
    }

    static long dueMs(long dayMs) {
        return dayMs + Days.DAY_MS + WAIT_MS;
    }

    private NavigableMap<String, Days> those(boolean isSupply) {
        return isSupply ? supplies : homes;
    }

    /** Whether nothing has to be kept of it. */
    boolean isEmpty() {
        return isLeft() && told.isEmpty();
    }

    /** Whether no meter is there. */
    private boolean isLeft() {
        return supplies.isEmpty() && homes.isEmpty();
    }

    void join(boolean isSupply, String meterId) {
        if (those(isSupply).containsKey(meterId)) {
            return;
        }
        those(isSupply).put(meterId, null);
        if (isSupply) {
            came.add(meterId);
        }
    }

    void leave(boolean isSupply, String meterId) {
        boolean isThere = those(isSupply).containsKey(meterId);
        Days days = those(isSupply).remove(meterId);
        if (isSupply && isThere && !came.remove(meterId)) {
            gone.put(meterId, days);
        }
    }

    /** After all that come and go in a slice that ends then. */
    void settle(long nowMs) {
        if (!gone.isEmpty() && came.containsAll(supplies.keySet())) {
            tellDays(nowMs);
        }
        gone.clear();
        came.clear();
        if (supplies.isEmpty()) {
            homes.replaceAll((home, days) -> null);
            open.clear();
        } else {
            // A day that goes on is that of who supplies it at its end.
            told.tailMap(Days.dayOf(nowMs), true).clear();
        }
        if (isLeft()) {
            area = NOWHERE;
        }
    }

    /** Tells the days of the supply meter that has left: nobody knows more of them. */
    private void tellDays(long nowMs) {
        String supply = gone.firstKey();
        for (long dayMs : List.copyOf(open)) {
            if (supplies.isEmpty() || dayMs < Days.dayOf(nowMs)) {
                told.put(dayMs, tell(dayMs, supply, gone.get(supply)));
                open.remove(dayMs);
            }
        }
    }

    /**
     * Hears of a reading of one of its meters. Without a supply nobody asks for what homes took.
     *
     * @param nowMs end of the slice in which it was heard
     */
    void read(boolean isSupply, String meterId, int area, long tsMs, long register, long nowMs) {
        if (!those(isSupply).containsKey(meterId) || supplies.isEmpty()) {
            return;
        }
        if (isSupply && meterId.equals(supplies.firstKey())) {
            this.area = area;
        }
        Days days = those(isSupply).computeIfAbsent(meterId, id -> new Days());
        long openedMs = days.read(tsMs, register, firstDayMs(nowMs));
        if (openedMs != Long.MAX_VALUE) {
            open.add(openedMs);
        }
    }

    /** The first day of which it is not settled by then what is said. */
    private long firstDayMs(long nowMs) {
        long firstMs = Days.dayOf(nowMs - Days.DAY_MS - WAIT_MS - 1) + Days.DAY_MS;
        return told.isEmpty() ? firstMs : Math.max(firstMs, told.lastKey() + Days.DAY_MS);
    }

    /** The fact of the first day, which is forgotten. */
    byte[] say() {
        long dayMs = firstMs();
        byte[] fact = told.remove(dayMs);
        if (fact == null) {
            fact = tell(dayMs, supplies.firstKey(), supplies.firstEntry().getValue());
        }
        open.remove(dayMs);
        supplies.replaceAll((meter, days) -> Days.after(days, dayMs));
        homes.replaceAll((meter, days) -> Days.after(days, dayMs));
        return fact;
    }

    /** The fact of a day; no text in it needs an escape. */
    private byte[] tell(long dayMs, String supply, @Nullable Days ofSupply) {
        StringBuilder json = new StringBuilder(A_METER * (homes.size() + 2));
        json.append("{\"kind\":\"feeder_day\",\"subject\":\"").append(name);
        json.append("\",\"at_ms\":").append(dueMs(dayMs));
        json.append(",\"day_ms\":").append(dayMs);
        json.append(",\"area\":\"");
        if (area != NOWHERE) {
            json.append(new String(Geohash.areaName(area), StandardCharsets.US_ASCII));
        }
        json.append("\",\"supply\":");
        Days.append(json, supply, ofSupply, dayMs);
        json.append(",\"meters\":[");
        int left = MOST_METERS;
        for (Map.Entry<String, Days> home : homes.entrySet()) {
            if (left-- == 0) {
                break;
            }
            json.append(left == MOST_METERS - 1 ? "" : ",");
            Days.append(json, home.getKey(), home.getValue(), dayMs);
        }
        json.append("],\"meters_count\":").append(homes.size()).append('}');
        return json.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    void write(DataOutputView out) throws IOException {
        out.writeUTF(name);
        out.writeInt(area);
        for (NavigableMap<String, Days> meters : List.of(supplies, homes)) {
            out.writeInt(meters.size());
            for (Map.Entry<String, Days> meter : meters.entrySet()) {
                out.writeUTF(meter.getKey());
                Days.write(meter.getValue(), out);
            }
        }
        out.writeInt(open.size());
        for (long dayMs : open) {
            out.writeLong(dayMs);
        }
        out.writeInt(told.size());
        for (Map.Entry<Long, byte[]> day : told.entrySet()) {
            out.writeLong(day.getKey());
            out.writeInt(day.getValue().length);
            out.write(day.getValue());
        }
    }

    static FeederDays read(DataInputView in) throws IOException {
        FeederDays feeder = new FeederDays(in.readUTF());
        feeder.area = in.readInt();
        for (NavigableMap<String, Days> meters : List.of(feeder.supplies, feeder.homes)) {
            for (int left = in.readInt(); left > 0; left--) {
                meters.put(in.readUTF(), Days.read(in));
            }
        }
        for (int left = in.readInt(); left > 0; left--) {
            feeder.open.add(in.readLong());
        }
        for (int left = in.readInt(); left > 0; left--) {
            long dayMs = in.readLong();
            byte[] fact = new byte[in.readInt()];
            in.readFully(fact);
            feeder.told.put(dayMs, fact);
        }
        return feeder;
    }
}
