-- What of a record does the live view need? What is not named is not decoded; the
-- last two are filled in by io.wattstream.source.ArrivalOrder.
CREATE TEMPORARY VIEW records AS
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    demand,
    heartbeat,
    problem,
    arrival,
    kafka_partition,
    CAST(NULL AS BIGINT) AS arrival_ms,
    CAST(NULL AS BIGINT) AS partition_arrival_ms
FROM readings
