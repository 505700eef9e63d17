-- Which records tell something of a meter? Readings on time and late, what the registry announces,
-- and heartbeats of a partition's writer, without which all its meters would seem to be silent.
CREATE TEMPORARY VIEW usable_readings AS
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    known_demand AS demand,
    voltage_v,
    energy,
    revision,
    quality,
    arrival_ms,
    ${is_late} AS late,
    announcement,
    feeder,
    region,
    cadence_ms,
    kind,
    register_size,
    removed,
    capacity_w,
    supply,
    installed_ms,
    heartbeat,
    kafka_partition
FROM judged_readings
WHERE verdict IN ('on_time', 'late', 'announcement', 'heartbeat') AND NOT paced
