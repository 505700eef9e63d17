package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import java.io.IOException;

/**
 * What the registry says of a meter.
 *
 * @param feeder or empty
 * @param region or empty
 * @param cadenceMs or 0
 * @param interval whether the meter says the energy of intervals
 * @param registerSize thousandths at which the register begins again at 0, or 0
 * @param removed whether the meter is no more
 * @param capacityW what may flow there, or 0
 * @param isOff whether the premises are not connected
 * @param installedMs when the device that is there was installed, or 0
 */
public record Announcement(
        String feeder,
        String region,
        long cadenceMs,
        boolean interval,
        long registerSize,
        boolean removed,
        long capacityW,
        boolean isOff,
        long installedMs) {
    private static final int FIRST_BYTES = 128;

    byte[] toBytes() throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        out.writeUTF(feeder);
        out.writeUTF(region);
        out.writeLong(cadenceMs);
        out.writeBoolean(interval);
        out.writeLong(registerSize);
        out.writeBoolean(removed);
        out.writeLong(capacityW);
        out.writeBoolean(isOff);
        out.writeLong(installedMs);
        return out.getCopyOfBuffer();
    }

    /** Of the bytes of a {@link PackedRow}. */
    public static Announcement of(byte[] bytes) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        return new Announcement(
                in.readUTF(),
                in.readUTF(),
                in.readLong(),
                in.readBoolean(),
                in.readLong(),
                in.readBoolean(),
                in.readLong(),
                in.readBoolean(),
                in.readLong());
    }
}
