-- What does Redis show of each meter and each area? Its latest slice. An area has no meter_id; one
-- function writes both, since each takes Python workers of its own, which are slow to start.
INSERT INTO acknowledged
SELECT write_live(
    slice_end,
    commodity,
    area,
    meter_id,
    geohash,
    readings,
    due,
    last_stamped,
    demand,
    demand_min,
    demand_max
)
FROM (
    SELECT
        slice_end,
        commodity,
        SUBSTRING(geohash, 1, ${area_length}) AS area,
        meter_id,
        geohash,
        readings,
        last_seq - first_seq + 1 AS due,
        last_stamped,
        demand_sum / readings AS demand,
        demand_min,
        demand_max
    FROM slices
    UNION ALL
    SELECT
        slice_end,
        commodity,
        area,
        '' AS meter_id,
        '' AS geohash,
        readings,
        meters AS due,
        CAST(0 AS BIGINT) AS last_stamped,
        demand,
        CAST(0 AS BIGINT) AS demand_min,
        CAST(0 AS BIGINT) AS demand_max
    FROM area_slices
)
