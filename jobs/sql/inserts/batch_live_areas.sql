-- Which slice of each area is the latest?
INSERT INTO live_areas (commodity, area, slice_end_ms, meters, readings, demand)
SELECT
    commodity,
    area,
    slice_end_ms,
    meters,
    readings,
    demand / 1000e0
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY commodity, area ORDER BY slice_end_ms DESC) AS age
    FROM area_slices
)
WHERE age = 1
