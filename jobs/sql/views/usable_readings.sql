-- Which records tell something of a meter? Readings on time and late, what the registry announces,
-- heartbeats of a partition's writer, without which all its meters would seem to be silent, and those
-- readings of which nothing is wrong but that their clock is ahead: signs of life, and nothing else.
-- That a meter lost power counts as a heartbeat, and as what it is unless its clock is ahead, too.
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
    kafka_partition,
    COALESCE(ts, lost_power_ms) - arrival_ms > ${clock_skew_ms} AS ahead,
    closing,
    lost_power_ms
FROM judged_readings
WHERE
    (
        verdict IN ('on_time', 'late', 'announcement', 'heartbeat')
        OR reject_reason = 'clock_ahead'
    )
    AND NOT paced
