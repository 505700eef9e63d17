package io.wattstream.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.apache.flink.table.data.GenericRowData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a day begins. */
class DayBucketAssignerTest {
    private final DayBucketAssigner assigner = new DayBucketAssigner(1);

    @ParameterizedTest
    @CsvSource({
        "-1, 1969-12-31",
        "0, 1970-01-01",
        "86399999, 1970-01-01",
        "86400000, 1970-01-02",
        "1709251199999, 2024-02-29",
        "4102444800000, 2100-01-01"
    })
    void aRowBelongsToTheUtcDayOfItsTime(long ts, String day) {
        assertEquals("event_date=" + day, of(ts));
        assertEquals("event_date=2013-01-01", of(1357000200000L));
        assertEquals("event_date=" + day, of(ts));
    }

    @Test
    void aRowWithoutATimeIsRefused() {
        assertThrows(NullPointerException.class, () -> of(null));
    }

    private String of(Long ts) {
        return assigner.getBucketId(GenericRowData.of(null, ts), null);
    }
}
