package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Commodity;
import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.Quality;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.Words;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How the live value of a meter goes out: {@code LiveMeter} of contracts/live.py as JSON, or
 * nothing where the meter is no longer.
 *
 * <p>The JSON is made here, as there is one for each meter and slice: Python needs an object for
 * each of its numbers before it can write them down.
 */
final class LiveRow {
    private static final int SLICE_END_MS = 0;
    private static final int COMMODITY = 1;
    private static final int AREA = 2;
    private static final int METER_ID = 3;
    private static final int VALUE = 4;
    private static final int WIDTH = 5;
    private static final int USUAL_LENGTH = 512;

    /** In thousandths. */
    private static final int CENTIVOLT = 10;

    private final StringBuilder json = new StringBuilder(USUAL_LENGTH);

    /** The SQL type. */
    static RowType type() {
        return new RowType(
                false,
                List.of(
                        new RowField("slice_end_ms", new BigIntType()),
                        new RowField("commodity", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("area", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("meter_id", new VarCharType(VarCharType.MAX_LENGTH)),
                        new RowField("value", new VarBinaryType(VarBinaryType.MAX_LENGTH))));
    }

    static GenericRowData empty() {
        return new GenericRowData(WIDTH);
    }

    static void fill(GenericRowData out, long sliceEndMs, RowKey meter, int area, byte[] value) {
        out.setField(SLICE_END_MS, sliceEndMs);
        out.setField(COMMODITY, Commodity.name(meter.number()));
        out.setField(AREA, StringData.fromBytes(Geohash.areaName(area)));
        out.setField(METER_ID, meter.id());
        out.setField(VALUE, value);
    }

    /** The value; no text in it needs an escape. */
    byte[] value(long sliceEndMs, MeterState state, int commodity, Names names) {
        json.setLength(0);
        // Redis compares by what comes first: adapters/redis_live.lua.
        json.append("{\"slice_end_ms\":").append(sliceEndMs);
        json.append(",\"readings\":").append(state.readings);
        json.append(",\"last_ms\":").append(state.lastMs);
        json.append(",\"holds_until_ms\":").append(state.holdsUntilMs());
        json.append(",\"late\":").append(state.late);
        json.append(",\"geohash\":\"");
        for (byte character : Geohash.unpack(state.geohash)) {
            json.append((char) character);
        }
        json.append("\",\"commodity\":\"").append(Commodity.name(commodity));
        appendThousandths(json.append("\",\"register\":"), state.register);
        json.append(",\"demand\":");
        if (state.said == Words.NONE) {
            json.append("null");
        } else {
            appendThousandths(json, state.said);
        }
        appendThousandths(json.append(",\"energy_today\":"), state.energyToday());
        appendUnless(0, "repeats", state.repeats);
        appendUnless(0, "revisions", state.revisions);
        appendUnless(0, "lost", state.seen.lost);
        if (state.resets > 0) {
            appendUnless(0, "resets", state.resets);
            appendUnless(-1, "reset_ms", state.resetMs);
        }
        appendUnless(0, "cadence_ms", state.cadenceMs());
        if (state.centivolts != Words.NONE) {
            appendThousandths(json.append(",\"voltage_v\":"), state.centivolts * CENTIVOLT);
        }
        if (state.quality != Quality.MEASURED) {
            json.append(",\"quality\":\"").append(Quality.name(state.quality)).append('"');
        }
        appendName("feeder", names.name(state.feeder));
        appendName("region", names.name(state.region));
        return json.append('}').toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void appendUnless(long usual, String field, long value) {
        if (value != usual) {
            json.append(",\"").append(field).append("\":").append(value);
        }
    }

    private void appendName(String field, String name) {
        if (!name.isEmpty()) {
            json.append(",\"").append(field).append("\":\"").append(name).append('"');
        }
    }

    /** Appends a number of thousandths as a decimal fraction. */
    static void appendThousandths(StringBuilder json, long number) {
        if (number < 0) {
            json.append('-');
        }
        long size = Math.abs(number);
        json.append(size / 1_000).append('.');
        long rest = size % 1_000;
        json.append((char) ('0' + rest / 100));
        json.append((char) ('0' + rest / 10 % 10));
        json.append((char) ('0' + rest % 10));
    }
}
