-- How do versions of alerts travel? As JSON by the alert's id, which is in the JSON, too.
CREATE TABLE alert_versions (
    alert BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = '${alerts_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'properties.auto.offset.reset' = 'earliest',
    'scan.startup.mode' = 'group-offsets',
    'format' = 'raw'
)
