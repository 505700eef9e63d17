-- How do facts travel? As JSON, at least once.
CREATE TABLE facts (
    subject STRING,
    `value` BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = '${facts_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.compression.type' = 'lz4',
    'properties.linger.ms' = '20',
    'key.format' = 'raw',
    'key.fields' = 'subject',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY',
    'sink.delivery-guarantee' = 'at-least-once'
)
