-- What does history keep of each area's minute?
INSERT INTO area_minute_rows (area, commodity, `minute`, readings, meters, silent, demand)
SELECT area, commodity, minute_ms, readings, meters, silent, demand / 1000e0
FROM area_minutes
