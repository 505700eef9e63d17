-- Which readings does the live view count?
CREATE TEMPORARY VIEW on_time_readings AS
SELECT meter_id, geohash, commodity, ts, seq, register, stamped_register, demand
FROM judged_readings
WHERE verdict = 'on_time'
