-- Where do slices go when nothing is done with them? Nowhere.
CREATE TABLE discarded_slices (
    slice_end_ms BIGINT,
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    ${window_figure_columns}
) WITH ('connector' = 'blackhole')
