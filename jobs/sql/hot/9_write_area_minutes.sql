-- What does Cassandra keep of each area's minute?
INSERT INTO acknowledged
SELECT write_area_minutes(minute_start, commodity, area, meters, readings, demand)
FROM area_minutes
