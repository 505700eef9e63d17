-- What of a record do archive, corrections and rejects need? All that Kafka holds.
CREATE TEMPORARY VIEW records AS
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    event_date,
    seq,
    register,
    demand,
    voltage_v,
    heartbeat,
    payload,
    problem,
    detail,
    arrival,
    kafka_partition,
    kafka_offset
FROM readings
