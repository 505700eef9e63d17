-- What did each meter do in each slice? The one pass over the readings; all else is a view of it. A
-- slice comes in a part or two, which whoever reads its partition has added up already.
CREATE TEMPORARY VIEW slices AS
SELECT
    window_start AS slice_start,
    window_end AS slice_end,
    window_time AS slice_time,
    meter_id,
    MAX(geohash) AS geohash,
    MAX(commodity) AS commodity,
    SUM(readings) AS readings,
    MIN(first_seq) AS first_seq,
    MAX(last_seq) AS last_seq,
    MIN(first_stamped) AS first_stamped,
    MAX(last_stamped) AS last_stamped,
    MIN(low_register) AS low_register,
    MAX(high_register) AS high_register,
    SUM(demand_sum) AS demand_sum,
    MIN(demand_min) AS demand_min,
    MAX(demand_max) AS demand_max
FROM TABLE(TUMBLE(TABLE partial_slices, DESCRIPTOR(event_time), INTERVAL '${slice_length}' DAY TO SECOND))
GROUP BY window_start, window_end, window_time, meter_id
