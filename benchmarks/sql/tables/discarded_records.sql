-- Where do decoded records go when nothing is done with them? Nowhere.
CREATE TABLE discarded_records (
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    ts BIGINT,
    seq BIGINT,
    register BIGINT,
    demand BIGINT,
    energy BIGINT,
    interval_ms BIGINT,
    heartbeat BOOLEAN,
    announcement BOOLEAN,
    problem STRING,
    arrival_ms BIGINT,
    partition_arrival_ms BIGINT
) WITH ('connector' = 'blackhole')
