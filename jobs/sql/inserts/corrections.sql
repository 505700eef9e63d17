-- What does history keep of late readings? A row beside the on-time one, marked by its arrival.
INSERT INTO minute_rows (meter_id, `minute`, corrected_at, geohash, commodity, ${figures})
SELECT meter_id, minute_ms, corrected_at, geohash, commodity, ${figures}
FROM (
    SELECT
        meter_id,
        minute_ms,
        corrected_at,
        geohash,
        commodity,
        ${minute_figures}
    FROM corrections
)
