-- Which slice of each area is the latest?
INSERT INTO live_areas
SELECT
    commodity,
    area,
    CAST(TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00', slice_end) AS BIGINT) * 60000
    + EXTRACT(SECOND FROM slice_end) * 1000,
    meters,
    readings,
    demand / 1000e0
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY commodity, area ORDER BY slice_end DESC) AS age
    FROM area_slices
)
WHERE age = 1
