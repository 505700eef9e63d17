-- What does Cassandra keep of each meter's period? On-time rows and corrections, as they come.
INSERT INTO acknowledged (row_written)
SELECT write_periods(meter_id, `period`, corrected_at, geohash, commodity, ${figures})
FROM period_rows
