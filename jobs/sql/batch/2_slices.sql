-- What did each meter do in each slice?
CREATE TEMPORARY VIEW slices AS
SELECT *, TO_TIMESTAMP_LTZ(slice_end_ms - 1, 3) AS slice_time
FROM (
    SELECT
        ts - MOD(ts, ${slice_ms}) + ${slice_ms} AS slice_end_ms,
        meter_id,
        MAX(geohash) AS geohash,
        MAX(commodity) AS commodity,
        COUNT(*) AS readings,
        MIN(seq) AS first_seq,
        MAX(seq) AS last_seq,
        MIN(stamped_register) AS first_stamped,
        MAX(stamped_register) AS last_stamped,
        MIN(register) AS low_register,
        MAX(register) AS high_register,
        SUM(demand) AS demand_sum,
        MIN(demand) AS demand_min,
        MAX(demand) AS demand_max
    FROM on_time_readings
    GROUP BY meter_id, ts - MOD(ts, ${slice_ms})
)
