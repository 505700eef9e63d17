-- Which half-hours have no price?
SELECT meter_id, series_id, begin_ms
FROM priced
WHERE has_price IS NOT TRUE
ORDER BY ALL
