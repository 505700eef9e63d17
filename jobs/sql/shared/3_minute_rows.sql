-- How do rows of history travel? As JSON over Kafka, so that a slow Cassandra holds nobody else back.
CREATE TABLE minute_rows (
    meter_id STRING,
    `minute` BIGINT,
    corrected_at BIGINT,
    geohash STRING,
    commodity STRING,
    readings BIGINT,
    expected BIGINT,
    first_seq BIGINT,
    last_seq BIGINT,
    first_at BIGINT,
    last_at BIGINT,
    first_register DOUBLE,
    last_register DOUBLE,
    low_register DOUBLE,
    high_register DOUBLE,
    demand_sum DOUBLE,
    demand_min DOUBLE,
    demand_max DOUBLE
) WITH (
    'connector' = 'kafka',
    'topic' = '${minutes_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'properties.auto.offset.reset' = 'earliest',
    'properties.compression.type' = 'lz4',
    'properties.linger.ms' = '20',
    'scan.startup.mode' = 'group-offsets',
    'sink.delivery-guarantee' = 'at-least-once',
    'key.format' = 'raw',
    'key.fields' = 'meter_id',
    'value.format' = 'json'
)
