-- Where does the live state of areas go in a batch? Into files, as that of the meters.
CREATE TABLE live_areas (
    commodity STRING,
    area STRING,
    slice_end_ms BIGINT,
    meters BIGINT,
    readings BIGINT,
    demand DOUBLE
) WITH (
    'connector' = 'filesystem',
    'path' = '${results_url}/live_areas',
    'format' = 'parquet'
)
