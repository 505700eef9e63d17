-- What does history keep of each minute? The on-time row.
INSERT INTO minute_rows (meter_id, `minute`, corrected_at, geohash, commodity, ${figures})
SELECT meter_id, minute_ms, 0, geohash, commodity, ${figures}
FROM (
    SELECT
        meter_id,
        minute_ms,
        geohash,
        commodity,
        ${minute_figures}
    FROM minutes
)
