-- What of a record do archive, corrections and rejects need? All of it; the
-- last two columns are filled in by io.wattstream.source.ArrivalOrder.
CREATE TEMPORARY VIEW records AS
SELECT
    *,
    CAST(NULL AS BIGINT) AS arrival_ms,
    CAST(NULL AS BIGINT) AS partition_arrival_ms
FROM readings
