-- What does Cassandra keep of each area's minute?
INSERT INTO acknowledged (row_written)
SELECT write_area_minutes(area, commodity, `minute`, readings, meters, silent, demand)
FROM area_minute_rows
