-- Where does what is known of meters go when nothing is done with it? Nowhere.
CREATE TABLE discarded_meters (
    slice_end_ms BIGINT,
    commodity STRING,
    area STRING,
    meter_id STRING,
    `value` BYTES
) WITH ('connector' = 'blackhole')
