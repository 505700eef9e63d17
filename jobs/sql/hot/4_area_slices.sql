-- What does each area draw now? Each meter that reported counts with its mean demand of the slice.
CREATE TEMPORARY VIEW area_slices AS
SELECT
    slice_end,
    commodity,
    SUBSTRING(geohash, 1, ${area_length}) AS area,
    COUNT(*) AS meters,
    SUM(readings) AS readings,
    SUM(demand_sum / readings) AS demand
FROM slices
GROUP BY slice_start, slice_end, commodity, SUBSTRING(geohash, 1, ${area_length})
