package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

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
        return open.isEmpty() ? Long.MAX_VALUE : dueMs(open.first());
    }

    static long dueMs(long dayMs) {
        return dayMs + Days.DAY_MS + WAIT_MS;
    }

    private NavigableMap<String, Days> those(boolean isSupply) {
        return isSupply ? supplies : homes;
    }

    /** Whether nothing has to be kept of it. */
    boolean isEmpty() {
        return supplies.isEmpty() && homes.isEmpty();
    }

    void join(boolean isSupply, String meterId) {
        if (!those(isSupply).containsKey(meterId)) {
            those(isSupply).put(meterId, null);
        }
    }

    void leave(boolean isSupply, String meterId) {
        those(isSupply).remove(meterId);
    }

    /** After all that come and go in a slice. */
    void settle() {
        if (supplies.isEmpty()) {
            homes.replaceAll((home, days) -> null);
            open.clear();
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

    /** The first day that has not been said by then. */
    private static long firstDayMs(long nowMs) {
        return Days.dayOf(nowMs - Days.DAY_MS - WAIT_MS - 1) + Days.DAY_MS;
    }

    /** The fact of the first day, which is forgotten; no text in it needs an escape. */
    byte[] say() {
        long dayMs = open.pollFirst();
        StringBuilder json = new StringBuilder(A_METER * (homes.size() + 2));
        json.append("{\"kind\":\"feeder_day\",\"subject\":\"").append(name);
        json.append("\",\"at_ms\":").append(dueMs(dayMs));
        json.append(",\"day_ms\":").append(dayMs);
        json.append(",\"area\":\"");
        if (area != NOWHERE) {
            json.append(new String(Geohash.areaName(area), StandardCharsets.US_ASCII));
        }
        json.append("\",\"supply\":");
        Days.append(json, supplies.firstKey(), supplies.firstEntry().getValue(), dayMs);
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
        supplies.replaceAll((meter, days) -> Days.after(days, dayMs));
        homes.replaceAll((meter, days) -> Days.after(days, dayMs));
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
        return feeder;
    }
}
