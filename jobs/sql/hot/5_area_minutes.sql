-- What did each area draw in each minute? Each meter counts with its mean demand of the minute.
CREATE TEMPORARY VIEW area_minutes AS
SELECT
    MIN(minute_ms) AS minute_ms,
    commodity,
    SUBSTRING(geohash, 1, ${area_length}) AS area,
    COUNT(*) AS meters,
    SUM(readings) AS readings,
    SUM(demand_sum / readings) AS demand
FROM minutes
GROUP BY minute_start, minute_end, commodity, SUBSTRING(geohash, 1, ${area_length})
