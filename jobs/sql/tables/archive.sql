-- What is kept of every usable reading? Parquet files by day of the reading, in thousandths no more.
CREATE TABLE archive (
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    ts BIGINT,
    seq BIGINT,
    register DOUBLE,
    demand DOUBLE,
    voltage_v DOUBLE,
    arrival_ms BIGINT,
    kafka_partition INT,
    kafka_offset BIGINT,
    late BOOLEAN
) WITH (
    'connector' = 'archive',
    'path' = '${archive_url}',
    'day-of' = 'ts'
)
