-- Where do rows of periods go in a batch? Into files, as those of minutes.
CREATE TABLE period_rows (
    ${period_row}
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/period_rows',
    'format' = 'parquet'
)
