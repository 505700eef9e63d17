-- How do alerts travel? Each version as JSON by the alert's id, at least once.
CREATE TABLE alerts (
    id STRING,
    alert STRING
) WITH (
    'connector' = 'kafka',
    'topic' = '${alerts_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.compression.type' = 'lz4',
    'sink.delivery-guarantee' = 'at-least-once',
    'key.format' = 'raw',
    'key.fields' = 'id',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
)
