-- How do notes of people travel? As JSON by the id of their alert, which is in the JSON, too.
CREATE TABLE alert_notes (
    note BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = '${alert_notes_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'raw'
)
