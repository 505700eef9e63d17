-- What does each area draw now? Each meter that reported counts with its mean demand of the slice.
CREATE TEMPORARY VIEW area_slices AS
SELECT
    MAX(slice_end_ms) AS slice_end_ms,
    commodity,
    SUBSTRING(geohash, 1, ${area_length}) AS area,
    ${area_figures}
FROM TABLE(TUMBLE(TABLE slices, DESCRIPTOR(slice_time), INTERVAL '${slice_length}' DAY TO SECOND))
GROUP BY window_start, window_end, commodity, SUBSTRING(geohash, 1, ${area_length})
