-- What of a record does the live view need? What is not named is not decoded.
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
    kafka_partition
FROM readings
