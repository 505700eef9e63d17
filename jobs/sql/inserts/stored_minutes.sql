-- What does Cassandra keep of each meter's minute? On-time rows and corrections, as they come.
INSERT INTO acknowledged (row_written)
SELECT write_minutes(meter_id, `minute`, corrected_at, geohash, commodity, ${figures})
FROM minute_rows
