package io.wattstream.readings;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.ScalarFunction;

import java.nio.charset.StandardCharsets;

/**
 * SQL function: the value of a meter in Redis, {@code LiveMeter} of contracts/live.py as JSON.
 *
 * <p>It is made here, as there is one for each meter and slice: Python needs an object for each of
 * its numbers before it can write them down.
 */
public final class LiveMeterJson extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final int USUAL_LENGTH = 256;

    private transient StringBuilder json;

    /**
     * The value; register and demand are given in thousandths.
     *
     * @param geohash and
     * @param commodity are of letters and digits, so nothing of them needs an escape
     */
    @DataTypeHint("BYTES")
    public byte[] eval(
            Long sliceEndMs,
            Long lastMs,
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class) StringData geohash,
            @DataTypeHint(value = "STRING", bridgedTo = StringData.class) StringData commodity,
            Long readings,
            Long expected,
            Long register,
            Long demand,
            Long demandMin,
            Long demandMax) {
        if (json == null) {
            json = new StringBuilder(USUAL_LENGTH);
        }
        json.setLength(0);
        // Redis compares by what comes first: adapters/redis_live.lua.
        json.append("{\"slice_end_ms\":").append((long) sliceEndMs);
        json.append(",\"last_ms\":").append((long) lastMs);
        json.append(",\"geohash\":\"").append(geohash);
        json.append("\",\"commodity\":\"").append(commodity);
        json.append("\",\"readings\":").append((long) readings);
        json.append(",\"expected\":").append((long) expected);
        appendThousandths(json.append(",\"register\":"), register);
        appendThousandths(json.append(",\"demand\":"), demand);
        appendThousandths(json.append(",\"demand_min\":"), demandMin);
        appendThousandths(json.append(",\"demand_max\":"), demandMax);
        return json.append('}').toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void appendThousandths(StringBuilder json, long number) {
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
