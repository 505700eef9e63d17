-- How do rows of history travel between jobs? As JSON, at least once, from where the reader was.
'connector' = 'kafka',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'properties.auto.offset.reset' = 'earliest',
    'properties.compression.type' = 'lz4',
    'properties.linger.ms' = '20',
    'scan.startup.mode' = 'group-offsets',
    'sink.delivery-guarantee' = 'at-least-once',
    'key.format' = 'raw',
    'value.format' = 'json'
