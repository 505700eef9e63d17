-- What does history keep of each area's minute?
INSERT INTO area_minute_rows (area, commodity, `minute`, meters, readings, demand)
SELECT area, commodity, minute_ms, meters, readings, demand / 1000e0
FROM area_minutes
