-- What does reading and decoding alone cost? Every record, with all that its message says.
INSERT INTO discarded_records
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
    detail
FROM readings
