-- Where do rows of the areas' history go in a batch? Into files, as those of the meters.
CREATE TABLE area_minute_rows (
    area STRING,
    commodity STRING,
    `minute` BIGINT,
    meters BIGINT,
    readings BIGINT,
    demand DOUBLE
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/area_minute_rows',
    'format' = 'parquet'
)
