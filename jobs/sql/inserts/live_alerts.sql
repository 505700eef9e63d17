-- What is the matter now? Each alert as its highest version says it, in Redis.
INSERT INTO acknowledged (row_written)
SELECT write_live_alerts(alert)
FROM watched
