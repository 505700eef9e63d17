package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a checkpoint has of a table: savepoints of before are read by it. */
class MeterTableTest {
    private static final long METER = 'a' + ('b' << 8);
    private static final long GEOHASH = Geohash.pack("gcpvj".getBytes(StandardCharsets.US_ASCII));

    @Test
    void aCheckpointHasTheFiguresInTheOrderOfTheColumns() throws IOException {
        byte[] written = written(1, 2, METER, 0, GEOHASH, 0, 3, 1, 7, -5, 9, 20, 30, 6, -1, 4);
        Commodities commodities = new Commodities();
        MeterTable table = new MeterTable(commodities);

        table.read(
                new DataInputDeserializer(written),
                new int[] {commodities.number(StringData.fromString("gas"))});

        GenericRowData row = MeterRow.empty();
        MeterRow.fill(row, table, 0, 60_000L);
        assertEquals("ab gcpvj gas 60000: 3 1 7 -5 9 20 30 6 -1 4", MeterRows.text(row));
        DataOutputSerializer again = new DataOutputSerializer(1);
        table.write(again);
        assertArrayEquals(written, again.getCopyOfBuffer());
    }

    /** Rows of numbers, the lowest byte first, behind how many rows there are. */
    private static byte[] written(int rows, long... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + numbers.length * Long.BYTES);
        bytes.putInt(rows).order(ByteOrder.LITTLE_ENDIAN);
        for (long number : numbers) {
            bytes.putLong(number);
        }
        return bytes.array();
    }
}
