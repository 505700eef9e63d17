-- Which slice of each meter is the latest, in each area that it reported from?
INSERT INTO live_meters (
    area,
    meter_id,
    slice_end_ms,
    last_ms,
    geohash,
    commodity,
    readings,
    expected,
    register,
    demand,
    demand_min,
    demand_max
)
SELECT
    area,
    meter_id,
    slice_end_ms,
    ${slice_last_ms},
    geohash,
    commodity,
    readings,
    last_seq - first_seq + 1,
    MOD(last_stamped, ${stamp_unit}) / 1000e0,
    demand_sum / readings / 1000e0,
    demand_min / 1000e0,
    demand_max / 1000e0
FROM (
    SELECT
        *,
        SUBSTRING(geohash, 1, ${area_length}) AS area,
        ROW_NUMBER() OVER (
            PARTITION BY SUBSTRING(geohash, 1, ${area_length}), meter_id
            ORDER BY slice_end_ms DESC
        ) AS age
    FROM slices
)
WHERE age = 1
