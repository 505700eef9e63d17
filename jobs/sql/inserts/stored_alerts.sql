-- What does Cassandra keep of each alert? Every version, as it comes; a record without a value is none.
INSERT INTO acknowledged (row_written)
SELECT write_alerts(alert)
FROM alert_versions
WHERE alert IS NOT NULL
