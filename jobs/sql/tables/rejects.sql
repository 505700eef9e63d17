-- What is kept of a message that no total may count? Its raw value; headers say whence and why.
CREATE TABLE rejects (
    payload BYTES,
    headers MAP<STRING, BYTES> METADATA
) WITH (
    'connector' = 'kafka',
    'topic' = '${rejects_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.max.request.size' = '${rejects_max_bytes}',
    'properties.compression.type' = 'lz4',
    'format' = 'raw',
    'sink.delivery-guarantee' = 'at-least-once'
)
