-- What did each meter do in each slice? The one pass over the readings; all else is a view of it.
CREATE TEMPORARY VIEW slices AS
SELECT
    window_start AS slice_start,
    window_end AS slice_end,
    window_time AS slice_time,
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
FROM TABLE(TUMBLE(TABLE on_time_readings, DESCRIPTOR(event_time), INTERVAL '${slice_length}' DAY TO SECOND))
GROUP BY window_start, window_end, window_time, meter_id
