package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A meter among the largest; the order is theirs.
 *
 * @param value what it draws or took today, in thousandths
 * @param area number of {@link io.wattstream.readings.windows.Geohash}
 */
record Large(long value, String meterId, int area) implements Comparable<Large> {
    @Override
    public int compareTo(Large other) {
        int order = Long.compare(other.value, value);
        return order != 0 ? order : meterId.compareTo(other.meterId);
    }

    static void write(List<Large> meters, DataOutputView out) throws IOException {
        out.writeInt(meters.size());
        for (Large meter : meters) {
            out.writeLong(meter.value);
            out.writeUTF(meter.meterId);
            out.writeInt(meter.area);
        }
    }

    static List<Large> read(DataInputView in) throws IOException {
        List<Large> meters = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            meters.add(new Large(in.readLong(), in.readUTF(), in.readInt()));
        }
        return meters;
    }

    static List<Large> read(byte[] bytes) throws IOException {
        return read(new DataInputDeserializer(bytes));
    }
}
