-- What did each meter do in each minute?
CREATE TEMPORARY VIEW minutes AS
SELECT
    window_start AS minute_start,
    window_end AS minute_end,
    meter_id,
    CAST(TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00', window_start) AS BIGINT) * 60000 AS minute_ms,
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
FROM TABLE(TUMBLE(TABLE slices, DESCRIPTOR(slice_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, meter_id
