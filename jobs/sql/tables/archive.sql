-- What is kept of every usable reading, as the meter said it? Parquet files by day of the reading, in thousandths no more.
CREATE TABLE archive (
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    ts BIGINT,
    seq BIGINT,
    register DOUBLE,
    demand DOUBLE,
    voltage_v DOUBLE,
    energy DOUBLE,
    interval_ms BIGINT,
    revision BIGINT,
    quality STRING,
    quality_code STRING,
    arrival_ms BIGINT,
    kafka_partition INT,
    kafka_offset BIGINT,
    late BOOLEAN
) WITH (
    'connector' = 'archive',
    'path' = '${archive_url}',
    'day-of' = 'ts'
)
