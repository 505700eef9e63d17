-- What did each meter do in each minute?
CREATE TEMPORARY VIEW minutes AS
SELECT *, TO_TIMESTAMP_LTZ(minute_ms + 59999, 3) AS minute_time
FROM (
    SELECT
        ts - MOD(ts, 60000) AS minute_ms,
        meter_id,
        MAX(geohash) AS geohash,
        MAX(commodity) AS commodity,
        ${window_figures}
    FROM on_time_readings
    GROUP BY meter_id, ts - MOD(ts, 60000)
)
