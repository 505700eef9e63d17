-- What did each area draw in each minute? Each meter counts with its mean demand of the minute.
CREATE TEMPORARY VIEW area_minutes AS
SELECT
    MAX(minute_ms) AS minute_ms,
    commodity,
    SUBSTRING(geohash, 1, ${area_length}) AS area,
    ${area_figures}
FROM TABLE(TUMBLE(TABLE minutes, DESCRIPTOR(minute_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, commodity, SUBSTRING(geohash, 1, ${area_length})
