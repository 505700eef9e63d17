-- How do rows of the areas' history travel? As those of the meters.
CREATE TABLE area_minute_rows (
    area STRING,
    commodity STRING,
    `minute` BIGINT,
    meters BIGINT,
    readings BIGINT,
    demand DOUBLE
) WITH (
    'connector' = 'kafka',
    'topic' = '${area_minutes_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'properties.auto.offset.reset' = 'earliest',
    'properties.compression.type' = 'lz4',
    'properties.linger.ms' = '20',
    'scan.startup.mode' = 'group-offsets',
    'sink.delivery-guarantee' = 'at-least-once',
    'key.format' = 'raw',
    'key.fields' = 'area',
    'value.format' = 'json'
)
