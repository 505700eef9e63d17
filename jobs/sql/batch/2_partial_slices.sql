-- What are the parts of slices here? The readings on time, each a part of its own.
CREATE TEMPORARY VIEW partial_slices AS
SELECT
    meter_id,
    geohash,
    commodity,
    CAST(1 AS BIGINT) AS readings,
    seq AS first_seq,
    seq AS last_seq,
    stamped_register AS first_stamped,
    stamped_register AS last_stamped,
    register AS low_register,
    register AS high_register,
    demand AS demand_sum,
    demand AS demand_min,
    demand AS demand_max,
    event_time
FROM on_time_readings
