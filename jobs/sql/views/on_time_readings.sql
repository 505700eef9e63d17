-- Which readings does the live view count? A demand that is not known adds nothing.
CREATE TEMPORARY VIEW on_time_readings AS
SELECT
    meter_id,
    geohash,
    commodity,
    ts,
    seq,
    register,
    stamped_register,
    COALESCE(known_demand, 0) AS demand
FROM judged_readings
WHERE verdict = 'on_time'
