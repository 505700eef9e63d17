-- Where does the live state of meters go in a batch? Into files, a row for each field of Redis.
CREATE TABLE live_meters (
    area STRING,
    meter_id STRING,
    slice_end_ms BIGINT,
    last_ms BIGINT,
    geohash STRING,
    commodity STRING,
    readings BIGINT,
    expected BIGINT,
    register DOUBLE,
    demand DOUBLE,
    demand_min DOUBLE,
    demand_max DOUBLE
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/live_meters',
    'format' = 'parquet'
)
