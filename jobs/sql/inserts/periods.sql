-- What does history keep of each period? The on-time row, and one beside it for each correction.
INSERT INTO period_rows (meter_id, `period`, corrected_at, geohash, commodity, ${figures})
SELECT meter_id, period_ms, corrected_at, geohash, commodity, ${figures_in_units}
FROM periods
