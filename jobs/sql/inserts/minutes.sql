-- What does history keep of each minute? The on-time row, and one beside it for each correction.
INSERT INTO minute_rows (meter_id, `minute`, corrected_at, geohash, commodity, ${figures})
SELECT meter_id, minute_ms, corrected_at, geohash, commodity, ${figures_in_units}
FROM minutes
