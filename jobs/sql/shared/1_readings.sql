-- What does Kafka hold? One row per record, good or bad; its timestamp is the arrival, which time goes
-- by: windows over event time ask what a watermark says, not where it comes from.
CREATE TABLE readings (
    meter_id STRING,
    geohash STRING,
    commodity STRING,
    ts BIGINT,
    event_date STRING,
    seq BIGINT,
    register BIGINT,
    demand BIGINT,
    voltage_v DOUBLE,
    heartbeat BOOLEAN,
    payload BYTES,
    problem STRING,
    detail STRING,
    arrival TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
    kafka_partition INT METADATA FROM 'partition' VIRTUAL,
    kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
    WATERMARK FOR arrival AS arrival - INTERVAL '${watermark_delay}' DAY TO SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = '${readings_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'properties.isolation.level' = 'read_committed',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'wattstream-reading'
)
