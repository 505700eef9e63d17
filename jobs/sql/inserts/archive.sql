-- Which readings are usable? The on-time and the late ones.
INSERT INTO archive (
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    demand,
    voltage_v,
    energy,
    interval_ms,
    revision,
    quality,
    quality_code,
    arrival_ms,
    kafka_partition,
    kafka_offset,
    late
)
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register / 1000e0,
    demand / 1000e0,
    voltage_v,
    energy / 1000e0,
    interval_ms,
    revision,
    quality,
    quality_code,
    arrival_ms,
    kafka_partition,
    kafka_offset,
    verdict = 'late'
FROM judged_readings
WHERE verdict IN ('on_time', 'late')
