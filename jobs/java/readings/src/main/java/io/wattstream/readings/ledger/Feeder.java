package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is known of the meters behind a feeder: {@code FeederSlice} of contracts/facts.py. */
final class Feeder {
    /** Meters in a list at most: contracts/facts.py. */
    private static final int MOST_METERS = 500;

    /**
     * From how many on of those that were due since anybody was heard something is the matter, ...
     */
    private static final int MANY_MISSED = 4;

    /** ... of those that missed two readings. A single silent meter is enough. */
    private static final int MANY_MISSED_TWICE = 3;

    private static final long MINUTE_MS = FeederMinute.MINUTE_MS;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    /** For how long after news it is said each minute, and each hour: contracts/facts.py. */
    private static final long EACH_MINUTE_FOR_MS = 2 * HOUR_MS;

    private static final long EACH_HOUR_FOR_MS = DAY_MS;
    private static final int USUAL_LENGTH = 1024;

    private static final Comparator<FeederPart.Missed> LATEST_FIRST =
            Comparator.comparingLong(FeederPart.Missed::lifeMs)
                    .reversed()
                    .thenComparing(FeederPart.Missed::meterId);

    private final String name;
    private final Map<String, FeederPart.Missed> missed = new TreeMap<>();
    private final Map<Integer, Integer> areas = new TreeMap<>();

    /** What is drawn there. */
    final FeederMinute minute = new FeederMinute();

    /** What goes in. */
    private final Supply supply = new Supply();

    /** Since the fact before. */
    private final List<Returned> returned = new ArrayList<>();

    private int members;
    private int alive;
    private long lastLifeMs;

    /** Whether something is the matter, since a fact that said so. */
    private boolean isOpen;

    /** What was said of it then; as it is while that holds. */
    private String said = "";

    /** End of the slice of which a fact said anything new last. */
    private long newsMs;

    Feeder(String name) {
        this.name = name;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** A meter has given a sign of life. */
    void live(long lifeMs) {
        lastLifeMs = Math.max(lastLifeMs, lifeMs);
    }

    /** Its supply meter was read in a slice. */
    void supply(Collection<Supply.Reading> readings) {
        supply.hear(readings);
    }

    /** After all signs of life and readings of a slice. */
    void endSupply() {
        supply.end(lastLifeMs);
    }

    /** Takes on what changed in a slice. */
    void change(FeederPart part) {
        members += part.members;
        alive += part.alive;
        part.areas.forEach(
                (area, more) ->
                        areas.merge(
                                area,
                                more,
                                (one, other) -> one + other == 0 ? null : (Integer) (one + other)));
        for (FeederPart.Missed meter : part.missed) {
            if (meter.isMissed()) {
                missed.put(meter.meterId(), meter);
            } else {
                missed.remove(meter.meterId());
            }
        }
        returned.addAll(part.returned);
    }

    /**
     * After all that changed in a slice.
     *
     * @return whether there is something to say that has not been said
     */
    boolean judge(long endMs) {
        boolean wasOpen = isOpen;
        int missedTwice = atLeast(Life.MISSED_TWICE);
        if (missedSinceLastLife() >= MANY_MISSED
                || missedTwice >= MANY_MISSED_TWICE
                || atLeast(Life.SILENT) > 0) {
            isOpen = true;
        } else if (missedTwice == 0 && missed.size() < MANY_MISSED) {
            isOpen = false;
        }
        if (!wasOpen && !isOpen && returned.stream().noneMatch(Returned::isFromGone)) {
            returned.clear();
            return false;
        }
        boolean isNews = wasOpen != isOpen || !returned.isEmpty() || !state().equals(said);
        newsMs = isNews ? endMs : newsMs;
        return isNews;
    }

    /**
     * When it is said next though nothing is new, while something is the matter.
     *
     * @return the first such time after another one
     */
    long nextMs(long afterMs) {
        long minuteMs = nextEndMs(afterMs, MINUTE_MS);
        if (minuteMs - newsMs <= EACH_MINUTE_FOR_MS) {
            return minuteMs;
        }
        long hourMs = nextEndMs(afterMs, HOUR_MS);
        return hourMs - newsMs <= EACH_HOUR_FOR_MS ? hourMs : nextEndMs(afterMs, DAY_MS);
    }

    private static long nextEndMs(long afterMs, long lengthMs) {
        return afterMs - Math.floorMod(afterMs, lengthMs) + lengthMs;
    }

    /** How many were due after anybody was heard last. */
    private int missedSinceLastLife() {
        int meters = 0;
        for (FeederPart.Missed meter : missed.values()) {
            meters += meter.lifeMs() + meter.cadenceMs() > lastLifeMs ? 1 : 0;
        }
        return meters;
    }

    private int atLeast(int level) {
        int meters = 0;
        for (FeederPart.Missed meter : missed.values()) {
            meters += meter.level() >= level ? 1 : 0;
        }
        return meters;
    }

    /** The fact at the end of a slice; no text in it needs an escape. */
    byte[] say(long endMs) {
        StringBuilder json = new StringBuilder(USUAL_LENGTH);
        json.append("{\"kind\":\"feeder_slice\",\"subject\":\"").append(name);
        json.append("\",\"at_ms\":").append(endMs);
        json.append(",\"last_life_ms\":").append(lastLifeMs);
        supply.append(json, lastLifeMs);
        said = state();
        json.append(said).append(",\"returned\":[");
        String separator = "";
        for (Returned meter :
                returned.stream().sorted(Returned.order()).limit(MOST_METERS).toList()) {
            meter.append(json.append(separator));
            separator = ",";
        }
        returned.clear();
        return json.append("]}").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The fact of the minute that has ended. */
    byte[] sayMinute(long endMs, long sliceMs) {
        StringBuilder json = new StringBuilder(USUAL_LENGTH);
        json.append("{\"kind\":\"feeder_minute\",\"subject\":\"").append(name);
        json.append("\",\"at_ms\":").append(endMs);
        json.append(",\"area\":\"").append(area());
        json.append("\",\"members\":").append(members);
        minute.append(json, sliceMs);
        return json.append('}').toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The part of a fact that stays the same while nothing changes. */
    private String state() {
        StringBuilder json = new StringBuilder(USUAL_LENGTH);
        json.append(",\"area\":\"").append(area());
        json.append("\",\"members\":").append(members);
        json.append(",\"alive\":").append(alive);
        json.append(",\"missed\":[");
        String separator = "";
        for (FeederPart.Missed meter :
                missed.values().stream().sorted(LATEST_FIRST).limit(MOST_METERS).toList()) {
            json.append(separator).append("[\"").append(meter.meterId()).append("\",");
            json.append(meter.lifeMs()).append(',').append(meter.cadenceMs());
            json.append(',').append(meter.stands());
            if (meter.lostPowerMs() != 0) {
                json.append(',').append(meter.lostPowerMs());
            }
            json.append(']');
            separator = ",";
        }
        json.append("],\"missed_count\":").append(missed.size());
        json.append(",\"missed_twice\":").append(atLeast(Life.MISSED_TWICE));
        return json.append(",\"silent\":").append(atLeast(Life.SILENT)).toString();
    }

    /** Where most of its meters are, the first of several; empty if none was ever heard. */
    private String area() {
        int found = -1;
        int most = 0;
        for (Map.Entry<Integer, Integer> area : areas.entrySet()) {
            if (area.getValue() > most) {
                most = area.getValue();
                found = area.getKey();
            }
        }
        return found < 0 ? "" : new String(Geohash.areaName(found), StandardCharsets.US_ASCII);
    }

    void write(DataOutputView out) throws IOException {
        out.writeUTF(name);
        Varints.write(out, members);
        Varints.write(out, alive);
        Varints.write(out, lastLifeMs);
        out.writeBoolean(isOpen);
        Varints.write(out, newsMs);
        FeederPart.writeAreas(areas, out);
        FeederPart.writeMissed(missed.values(), out);
        FeederPart.writeReturned(returned, out);
        minute.write(out);
        supply.write(out);
    }

    static Feeder read(DataInputView in) throws IOException {
        Feeder feeder = new Feeder(in.readUTF());
        feeder.members = (int) Varints.read(in);
        feeder.alive = (int) Varints.read(in);
        feeder.lastLifeMs = Varints.read(in);
        feeder.isOpen = in.readBoolean();
        feeder.newsMs = Varints.read(in);
        FeederPart.readAreas(in, feeder.areas);
        for (FeederPart.Missed meter : FeederPart.readMissed(in)) {
            feeder.missed.put(meter.meterId(), meter);
        }
        feeder.returned.addAll(FeederPart.readReturned(in));
        feeder.minute.read(in);
        feeder.supply.read(in);
        feeder.said = feeder.state();
        return feeder;
    }

    String name() {
        return name;
    }
}
