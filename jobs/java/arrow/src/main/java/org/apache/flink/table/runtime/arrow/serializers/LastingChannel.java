package org.apache.flink.table.runtime.arrow.serializers;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A channel into a stream that never blocks, such as one in memory: an interrupt of the thread that
 * writes does not close it, unlike those of {@link java.nio.channels.Channels}.
 */
final class LastingChannel implements WritableByteChannel {
    private static final int PIECE_BYTES = 8192;

    private final OutputStream to;
    private final byte[] piece = new byte[PIECE_BYTES];
    private boolean open = true;

    LastingChannel(OutputStream to) {
        this.to = to;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int bytes = from.remaining();
        if (from.hasArray()) {
            to.write(from.array(), from.arrayOffset() + from.position(), bytes);
            from.position(from.limit());
        }
        while (from.hasRemaining()) {
            int next = Math.min(from.remaining(), PIECE_BYTES);
            from.get(piece, 0, next);
            to.write(piece, 0, next);
        }
        return bytes;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        to.close();
    }
}
