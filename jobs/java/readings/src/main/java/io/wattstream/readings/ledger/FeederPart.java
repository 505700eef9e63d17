package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What changes behind a feeder in a slice through the meters of one subtask: how many they are, how
 * many live and where, which are missed and which have come back.
 */
final class FeederPart {
    private static final int FIRST_BYTES = 64;

    /**
     * A meter that has missed a reading.
     *
     * @param level where it stands, of {@link Life}; of one that is missed no longer another one
     * @param lostPowerMs when it said that it lost power since, or 0
     */
    record Missed(String meterId, int level, long lifeMs, long cadenceMs, long lostPowerMs) {
        boolean isMissed() {
            return level >= Life.MISSED;
        }

        /** {@code Missed.stands} of contracts/facts.py. */
        int stands() {
            return level - Life.MISSED + 1;
        }

        void write(DataOutputView out) throws IOException {
            out.writeUTF(meterId);
            out.writeByte(level);
            Varints.write(out, lifeMs);
            Varints.write(out, cadenceMs);
            Varints.write(out, lostPowerMs);
        }

        static Missed read(DataInputView in) throws IOException {
            return new Missed(
                    in.readUTF(),
                    in.readByte(),
                    Varints.read(in),
                    Varints.read(in),
                    Varints.read(in));
        }
    }

    long lastLifeMs;
    int members;
    int alive;

    /** How what is drawn changes. */
    final Load load = new Load();

    final Map<Integer, Integer> areas = new TreeMap<>();
    final List<Missed> missed = new ArrayList<>();
    final List<Returned> returned = new ArrayList<>();
    private final int leastMissed;
    private boolean isChanged;

    /**
     * @param leastMissed from where on, of {@link Life}, a meter stands that is said to be missed
     */
    FeederPart(int leastMissed) {
        this.leastMissed = leastMissed;
    }

    /** A meter gave a sign of life, 0 if it never has. */
    void live(long lifeMs) {
        lastLifeMs = Math.max(lastLifeMs, lifeMs);
    }

    /** So many meters more. */
    void addMembers(int more) {
        members += more;
        isChanged = true;
    }

    /** So many meters more are in an area. */
    void addIn(int area, int more) {
        areas.merge(area, more, Integer::sum);
        isChanged = true;
    }

    /** A meter that stood somewhere stands somewhere else, or something else is known of it. */
    void move(
            String meterId,
            int fromLevel,
            int toLevel,
            long lifeMs,
            long cadenceMs,
            long lostPowerMs) {
        int more = (toLevel == Life.GONE ? 0 : 1) - (fromLevel == Life.GONE ? 0 : 1);
        alive += more;
        boolean isTold = Math.max(fromLevel, toLevel) >= leastMissed;
        if (isTold) {
            int level = toLevel < leastMissed ? Life.IN_TIME : toLevel;
            missed.add(new Missed(meterId, level, lifeMs, cadenceMs, lostPowerMs));
        }
        isChanged |= isTold || more != 0;
    }

    /** A meter is heard again. */
    void comeBack(Returned meter) {
        returned.add(meter);
        isChanged = true;
    }

    /** Whether anything but the last sign of life and the load is other than it was. */
    boolean isChanged() {
        return isChanged;
    }

    byte[] bytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        Varints.write(out, lastLifeMs);
        out.writeBoolean(isChanged);
        if (isChanged) {
            Varints.write(out, members);
            Varints.write(out, alive);
            writeAreas(areas, out);
            writeMissed(missed, out);
            writeReturned(returned, out);
        }
        out.writeBoolean(load.isAny());
        if (load.isAny()) {
            load.write(out);
        }
        return out.getCopyOfBuffer();
    }

    /** Of what {@link #bytes} made. */
    static FeederPart of(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        FeederPart part = new FeederPart(Life.MISSED);
        part.lastLifeMs = Varints.read(in);
        part.isChanged = in.readBoolean();
        if (part.isChanged) {
            part.members = (int) Varints.read(in);
            part.alive = (int) Varints.read(in);
            readAreas(in, part.areas);
            part.missed.addAll(readMissed(in));
            part.returned.addAll(readReturned(in));
        }
        if (in.readBoolean()) {
            part.load.read(in);
        }
        return part;
    }

    static void writeAreas(Map<Integer, Integer> areas, DataOutputView out) throws IOException {
        out.writeInt(areas.size());
        for (Map.Entry<Integer, Integer> area : areas.entrySet()) {
            out.writeInt(area.getKey());
            out.writeInt(area.getValue());
        }
    }

    static void readAreas(DataInputView in, Map<Integer, Integer> areas) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            areas.put(in.readInt(), in.readInt());
        }
    }

    static void writeMissed(Iterable<Missed> meters, DataOutputView out) throws IOException {
        for (Missed meter : meters) {
            out.writeBoolean(true);
            meter.write(out);
        }
        out.writeBoolean(false);
    }

    static List<Missed> readMissed(DataInputView in) throws IOException {
        List<Missed> meters = new ArrayList<>();
        while (in.readBoolean()) {
            meters.add(Missed.read(in));
        }
        return meters;
    }

    static void writeReturned(Iterable<Returned> meters, DataOutputView out) throws IOException {
        for (Returned meter : meters) {
            out.writeBoolean(true);
            meter.write(out);
        }
        out.writeBoolean(false);
    }

    static List<Returned> readReturned(DataInputView in) throws IOException {
        List<Returned> meters = new ArrayList<>();
        while (in.readBoolean()) {
            meters.add(Returned.read(in));
        }
        return meters;
    }
}
