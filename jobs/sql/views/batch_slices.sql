-- What did each meter do in each slice?
CREATE TEMPORARY VIEW slices AS
SELECT *, TO_TIMESTAMP_LTZ(slice_end_ms - 1, 3) AS slice_time
FROM (
    SELECT
        ts - MOD(ts, ${slice_ms}) + ${slice_ms} AS slice_end_ms,
        meter_id,
        MAX(geohash) AS geohash,
        MAX(commodity) AS commodity,
        ${window_figures}
    FROM on_time_readings
    GROUP BY meter_id, ts - MOD(ts, ${slice_ms})
)
