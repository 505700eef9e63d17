-- Where do rows of history go in a batch? Into files beside nothing else, to be compared.
CREATE TABLE minute_rows (
    ${minute_row}
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/minute_rows',
    'format' = 'parquet'
)
