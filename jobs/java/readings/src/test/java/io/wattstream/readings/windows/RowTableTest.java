package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

import java.io.IOException;

/** Rows of many meters, found by their ids. */
class RowTableTest {
    private static final int METERS = 20_000;

    /** Ids of 0 to 64 characters, many with the same beginning. */
    private static StringData id(int meter) {
        String number = String.valueOf(meter);
        int length = meter % 65;
        return StringData.fromString(
                length > number.length()
                        ? "meter-of-the-same-name-".repeat(3).substring(0, length - number.length())
                                + number
                        : number);
    }

    private static void assertHolds(RowTable table) {
        RowKey key = new RowKey();
        assertEquals(METERS, table.size());
        for (int meter = 0; meter < METERS; meter++) {
            int row = table.find(key.set(id(meter), meter % 3));
            assertEquals(meter, row);
            assertEquals(-1, table.find(key.set(id(meter), 3)));
            assertEquals(-meter, table.rows[table.at(row) + RowTable.OWN]);
            assertEquals(Long.MIN_VALUE + meter, table.rows[table.at(row) + RowTable.OWN + 6]);
            assertEquals(id(meter), key.set(table, row).id());
            assertEquals(meter % 3, key.number());
        }
        assertEquals(-1, table.find(key.set(StringData.fromString("other"), 0)));
    }

    @Test
    void rowsAreFoundAsTheTableGrowsAndAfterACheckpoint() throws IOException {
        RowTable table = new RowTable(7);
        RowKey key = new RowKey();
        for (int round = 0; round < 2; round++) {
            for (int meter = 0; meter < METERS; meter++) {
                int row = table.findOrAdd(key.set(id(meter), meter % 3));
                table.rows[table.at(row) + RowTable.OWN] = -meter;
                table.rows[table.at(row) + RowTable.OWN + 6] = Long.MIN_VALUE + meter;
            }
        }
        assertHolds(table);
        DataOutputSerializer out = new DataOutputSerializer(64);
        table.write(out);

        RowTable read = new RowTable(7);
        read.read(new DataInputDeserializer(out.getCopyOfBuffer()));

        assertHolds(read);
    }

    @Test
    void aTableThatWasClearedBeginsWithZeros() {
        RowTable table = new RowTable(2);
        RowKey key = new RowKey();
        for (int meter = 0; meter < 100; meter++) {
            int row = table.findOrAdd(key.set(id(meter), 0));
            table.rows[table.at(row) + RowTable.OWN + 1] = 7;
        }
        table.clear();

        assertEquals(-1, table.find(key.set(id(64), 0)));
        assertEquals(0, table.findOrAdd(key.set(id(64), 0)));
        assertEquals(0, table.rows[table.at(0) + RowTable.OWN + 1]);
        assertEquals(id(64), key.set(table, 0).id());
    }

    @Test
    void aNumberIsAnIdToo() {
        RowTable table = new RowTable(1);
        RowKey key = new RowKey();
        table.findOrAdd(key.set(Long.MIN_VALUE, 1));
        table.findOrAdd(key.set(-1, 1));

        assertEquals(1, table.find(key.set(-1, 1)));
        assertEquals(-1, table.find(key.set(-1, 2)));
        assertEquals(Long.MIN_VALUE, key.set(table, 0).idNumber());
    }
}
