-- What does Cassandra keep of each area's minute?
INSERT INTO acknowledged
SELECT write_area_minutes(area, commodity, `minute`, meters, readings, demand)
FROM area_minute_rows
