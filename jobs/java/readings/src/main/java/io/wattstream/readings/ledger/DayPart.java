package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Varints;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import java.io.IOException;

/**
 * What the days of a feeder learn in a slice from the meters of one subtask: who comes and goes,
 * and what registers were at the ends of half-hours.
 */
final class DayPart {
    private static final int JOINED = 0;
    private static final int LEFT = 1;
    private static final int READ = 2;
    private static final int FIRST_BYTES = 64;

    private final DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);

    /** Takes what there is in it, in its order. */
    interface Taker {
        void join(boolean isSupply, String meterId);

        void leave(boolean isSupply, String meterId);

        /**
         * A register by a reading.
         *
         * @param area of the meter
         */
        void read(boolean isSupply, String meterId, int area, long tsMs, long register);
    }

    void join(boolean isSupply, String meterId) throws IOException {
        head(JOINED, isSupply, meterId);
    }

    void leave(boolean isSupply, String meterId) throws IOException {
        head(LEFT, isSupply, meterId);
    }

    void read(boolean isSupply, String meterId, int area, long tsMs, long register)
            throws IOException {
        head(READ, isSupply, meterId);
        out.writeInt(area);
        Varints.write(out, tsMs);
        Varints.write(out, register);
    }

    private void head(int what, boolean isSupply, String meterId) throws IOException {
        out.writeByte(what);
        out.writeBoolean(isSupply);
        out.writeUTF(meterId);
    }

    byte[] bytes() {
        return out.getCopyOfBuffer();
    }

    static void take(byte[] bytes, Taker taker) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        while (in.available() > 0) {
            int what = in.readByte();
            boolean isSupply = in.readBoolean();
            String meterId = in.readUTF();
            switch (what) {
                case JOINED -> taker.join(isSupply, meterId);
                case LEFT -> taker.leave(isSupply, meterId);
                default ->
                        taker.read(
                                isSupply,
                                meterId,
                                in.readInt(),
                                Varints.read(in),
                                Varints.read(in));
            }
        }
    }
}
