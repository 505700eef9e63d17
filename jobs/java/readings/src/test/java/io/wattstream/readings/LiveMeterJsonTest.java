package io.wattstream.readings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class LiveMeterJsonTest {
    private final LiveMeterJson function = new LiveMeterJson();

    @Test
    void isJsonWithTheSliceFirstAndDecimalsForThousandths() {
        assertEquals(
                "{\"slice_end_ms\":1700000005000,\"last_ms\":1700000004250,"
                        + "\"geohash\":\"gcpvj0d\",\"commodity\":\"electricity\","
                        + "\"readings\":5,\"expected\":6,\"register\":140737488355.327,"
                        + "\"demand\":0.000,\"demand_min\":-1200.045,\"demand_max\":-0.007}",
                value(1_700_000_005_000L, 140_737_488_355_327L, 0, -1_200_045, -7));
    }

    @Test
    void oneValueDoesNotHoldWhatTheOneBeforeHeld() {
        String first = value(5_000, 1, 2, 3, 4);
        value(1_700_000_005_000L, 140_737_488_355_327L, 0, -1_200_045, -7);

        assertEquals(first, value(5_000, 1, 2, 3, 4));
    }

    private String value(long endMs, long register, long demand, long least, long greatest) {
        byte[] json =
                function.eval(
                        endMs,
                        endMs - 750,
                        StringData.fromString("gcpvj0d"),
                        StringData.fromString("electricity"),
                        5L,
                        6L,
                        register,
                        demand,
                        least,
                        greatest);
        return new String(json, StandardCharsets.US_ASCII);
    }
}
