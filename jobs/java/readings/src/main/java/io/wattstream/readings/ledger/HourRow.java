package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.Words;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** How a meter's hour goes out: {@link Hour.Over}. */
final class HourRow {
    private HourRow() {}

    /** The SQL type. */
    static RowType type() {
        List<RowField> fields = new ArrayList<>();
        fields.add(new RowField("subject", new VarCharType(VarCharType.MAX_LENGTH)));
        fields.add(new RowField("area", new VarCharType(VarCharType.MAX_LENGTH)));
        for (String number :
                List.of(
                        "at_ms",
                        "energy",
                        "by_demand",
                        "readings",
                        "expected",
                        "register",
                        "fell_ms",
                        "off_ms",
                        "installed_ms",
                        "lag_ago",
                        "used_ago",
                        "fell_ago",
                        "checksum",
                        "zero_hours",
                        "idle_hours")) {
            fields.add(new RowField(number, new BigIntType()));
        }
        fields.add(new RowField("energies", new VarBinaryType(VarBinaryType.MAX_LENGTH)));
        return new RowType(false, fields);
    }

    /**
     * A row.
     *
     * @param zeros in how many hours running, this one the last, nothing was counted
     * @param idle for how many hours there has been no base load where there was one before, as
     *     {@link BaseLoad#count} has it, or {@link Words#NONE}
     * @param energies of this hour and those before, as {@link Energies#bytes} has them
     */
    static GenericRowData of(RowKey meter, Hour.Over hour, long zeros, long idle, byte[] energies) {
        return GenericRowData.of(
                meter.id(),
                StringData.fromBytes(Geohash.areaName(Geohash.area(hour.geohash()))),
                hour.endMs(),
                hour.energy(),
                orNull(hour.byDemand()),
                hour.readings(),
                hour.expected(),
                hour.register(),
                orNull(hour.fellMs()),
                orNull(hour.offMs()),
                orNull(hour.installedMs()),
                orNull(hour.lagAgo()),
                orNull(hour.usedAgo()),
                orNull(hour.fellAgo()),
                checksum(meter.id()),
                zeros,
                orNull(idle),
                energies);
    }

    /** CRC-32: by it meters have turns. */
    private static long checksum(StringData meterId) {
        CRC32 sum = new CRC32();
        sum.update(meterId.toBytes());
        return sum.getValue();
    }

    private static Long orNull(long number) {
        return number == Words.NONE ? null : (Long) number;
    }
}
