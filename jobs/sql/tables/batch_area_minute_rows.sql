-- Where do rows of the areas' history go in a batch? Into files, as those of the meters.
CREATE TABLE area_minute_rows (
    ${area_minute_row}
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/area_minute_rows',
    'format' = 'parquet'
)
