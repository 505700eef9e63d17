-- Where do rows of history go in a batch? Into files beside nothing else, to be compared.
CREATE TABLE minute_rows (
    meter_id STRING,
    `minute` BIGINT,
    corrected_at BIGINT,
    geohash STRING,
    commodity STRING,
    readings BIGINT,
    expected BIGINT,
    first_seq BIGINT,
    last_seq BIGINT,
    first_at BIGINT,
    last_at BIGINT,
    first_register DOUBLE,
    last_register DOUBLE,
    low_register DOUBLE,
    high_register DOUBLE,
    demand_sum DOUBLE,
    demand_min DOUBLE,
    demand_max DOUBLE
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/minute_rows',
    'format' = 'parquet'
)
