-- Where do slices go when nothing is done with them? Nowhere.
CREATE TABLE discarded_slices (
    slice_end_ms BIGINT,
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    readings BIGINT,
    first_seq BIGINT,
    last_seq BIGINT,
    first_stamped BIGINT,
    last_stamped BIGINT,
    low_register BIGINT,
    high_register BIGINT,
    demand_sum BIGINT,
    demand_min BIGINT,
    demand_max BIGINT
) WITH ('connector' = 'blackhole')
