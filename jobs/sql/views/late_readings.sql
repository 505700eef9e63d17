-- Which readings came too late for the live view? A demand that is not known adds nothing.
CREATE TEMPORARY VIEW late_readings AS
SELECT
    meter_id,
    geohash,
    commodity,
    minute_ms,
    seq,
    register,
    stamped_register,
    COALESCE(known_demand, 0) AS demand,
    arrival,
    arrival_ms
FROM judged_readings
WHERE verdict = 'late'
