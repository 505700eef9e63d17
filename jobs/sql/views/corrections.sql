-- What do late readings add to the minutes they belong to? A row per minute and window of arrival.
CREATE TEMPORARY VIEW corrections AS
SELECT
    MIN(arrival_ms) - MOD(MIN(arrival_ms), ${correction_window_ms}) AS corrected_at,
    minute_ms,
    meter_id,
    MAX(geohash) AS geohash,
    MAX(commodity) AS commodity,
    ${window_figures}
FROM TABLE(TUMBLE(TABLE late_readings, DESCRIPTOR(arrival), INTERVAL '${correction_window}' DAY TO SECOND))
GROUP BY window_start, window_end, meter_id, minute_ms
