-- How do rows of history travel? As JSON over Kafka, so that a slow Cassandra holds nobody else back.
CREATE TABLE minute_rows (
    ${minute_row}
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
