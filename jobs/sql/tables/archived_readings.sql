-- What does a snapshot of the archive hold? The archive's columns, read by Flink's own connector.
CREATE TABLE archived_readings WITH (
    'connector' = 'filesystem',
    'path' = '${archive_url}',
    'format' = 'parquet'
) LIKE archive (EXCLUDING OPTIONS)
