-- What do late readings add to the minutes they belong to? A row per minute and window of arrival.
CREATE TEMPORARY VIEW corrections AS
SELECT
    MIN(arrival_ms) - MOD(MIN(arrival_ms), ${correction_window_ms}) AS corrected_at,
    minute_ms,
    meter_id,
    MAX(geohash) AS geohash,
    MAX(commodity) AS commodity,
    COUNT(*) AS readings,
    MIN(seq) AS first_seq,
    MAX(seq) AS last_seq,
    MIN(stamped_register) AS first_stamped,
    MAX(stamped_register) AS last_stamped,
    MIN(register) AS low_register,
    MAX(register) AS high_register,
    SUM(demand) AS demand_sum,
    MIN(demand) AS demand_min,
    MAX(demand) AS demand_max
FROM TABLE(TUMBLE(TABLE late_readings, DESCRIPTOR(arrival), INTERVAL '${correction_window}' DAY TO SECOND))
GROUP BY window_start, window_end, meter_id, minute_ms
