package io.wattstream.readings.windows;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

import java.io.IOException;

/**
 * The words of one meter as bytes on their way to where the meter is kept: differences to the word
 * before, since neighbours are much alike, and nothing of what is not said. Of words on time that
 * are packed together only the least delay is kept.
 */
public final class PackedWords {
    private static final int DEMAND = 1;
    private static final int VOLTS = 1 << 1;
    private static final int GEOHASH = 1 << 2;
    private static final int ENERGY = 1 << 3;
    private static final int QUALITY = 1 << 4;
    private static final int REVISION = 1 << 5;
    private static final int ARRIVAL = 1 << 6;
    private static final int FIRST_BYTES = 256;

    private final DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
    private final DataInputDeserializer in = new DataInputDeserializer();

    /**
     * Packs words.
     *
     * @param partition that they were read from
     */
    public byte[] pack(Words words, int partition, boolean areLate) throws IOException {
        out.clear();
        Varints.write(out, partition);
        if (!areLate) {
            Varints.write(out, leastCameMs(words));
        }
        long tsMs = 0;
        long seq = 0;
        long register = 0;
        long demand = 0;
        long volts = 0;
        long geohash = 0;
        for (int word = 0; word < words.size(); word++) {
            int flags =
                    (words.demand(word) == Words.NONE ? 0 : DEMAND)
                            | (words.centivolts(word) == Words.NONE ? 0 : VOLTS)
                            | (words.geohash(word) == geohash ? 0 : GEOHASH)
                            | (words.energy(word) == Words.NONE ? 0 : ENERGY)
                            | (words.quality(word) == Quality.MEASURED ? 0 : QUALITY)
                            | (words.revision(word) == 0 ? 0 : REVISION)
                            | (!areLate || words.cameMs(word) == 0 ? 0 : ARRIVAL);
            out.writeByte(flags);
            Varints.write(out, words.tsMs(word) - tsMs);
            tsMs = words.tsMs(word);
            Varints.write(out, words.seq(word) - seq);
            seq = words.seq(word);
            Varints.write(out, words.register(word) - register);
            register = words.register(word);
            if ((flags & DEMAND) != 0) {
                Varints.write(out, words.demand(word) - demand);
                demand = words.demand(word);
            }
            if ((flags & VOLTS) != 0) {
                Varints.write(out, words.centivolts(word) - volts);
                volts = words.centivolts(word);
            }
            if ((flags & GEOHASH) != 0) {
                geohash = words.geohash(word);
                out.writeLong(geohash);
            }
            if ((flags & ENERGY) != 0) {
                Varints.write(out, words.energy(word));
            }
            if ((flags & QUALITY) != 0) {
                out.writeByte(words.quality(word));
            }
            if ((flags & REVISION) != 0) {
                Varints.write(out, words.revision(word));
            }
            if ((flags & ARRIVAL) != 0) {
                Varints.write(out, words.cameMs(word));
            }
        }
        return out.getCopyOfBuffer();
    }

    private static int leastCameMs(Words words) {
        int least = Integer.MAX_VALUE;
        for (int word = 0; word < words.size(); word++) {
            least = Math.min(least, words.cameMs(word));
        }
        return least;
    }

    /** Adds the words of the bytes to those of a meter. */
    public void unpack(byte[] bytes, RowKey meter, boolean areLate, MeterWords into)
            throws IOException {
        in.setBuffer(bytes);
        int partition = (int) Varints.read(in);
        int cameMs = areLate ? 0 : (int) Varints.read(in);
        long tsMs = 0;
        long seq = 0;
        long register = 0;
        long demand = 0;
        long volts = 0;
        long geohash = 0;
        int row = into.row(meter);
        while (in.available() > 0) {
            int flags = in.readByte();
            tsMs += Varints.read(in);
            seq += Varints.read(in);
            register += Varints.read(in);
            if ((flags & DEMAND) != 0) {
                demand += Varints.read(in);
            }
            if ((flags & VOLTS) != 0) {
                volts += Varints.read(in);
            }
            if ((flags & GEOHASH) != 0) {
                geohash = in.readLong();
            }
            into.add(
                    row,
                    partition,
                    tsMs,
                    seq,
                    register,
                    (flags & DEMAND) == 0 ? Words.NONE : demand,
                    geohash,
                    (flags & ENERGY) == 0 ? Words.NONE : Varints.read(in),
                    (flags & VOLTS) == 0 ? Words.NONE : volts,
                    (flags & QUALITY) == 0 ? Quality.MEASURED : in.readByte(),
                    (flags & REVISION) == 0 ? 0 : (int) Varints.read(in),
                    (flags & ARRIVAL) == 0 ? cameMs : (int) Varints.read(in));
        }
    }
}
