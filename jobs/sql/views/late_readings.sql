-- Which readings came too late for the live view?
CREATE TEMPORARY VIEW late_readings AS
SELECT meter_id, geohash, commodity, minute_ms, seq, register, stamped_register, demand, arrival, arrival_ms
FROM judged_readings
WHERE verdict = 'late'
