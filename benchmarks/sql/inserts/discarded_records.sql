-- What does reading and decoding alone cost? Every record, with all that the hot job needs of it.
INSERT INTO discarded_records (
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    demand,
    energy,
    interval_ms,
    heartbeat,
    announcement,
    problem,
    arrival_ms,
    partition_arrival_ms
)
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    demand,
    energy,
    interval_ms,
    heartbeat,
    announcement,
    problem,
    arrival_ms,
    partition_arrival_ms
FROM records
