-- Which changes of masters were there? All that the topic has, each as of when it was committed; the
-- heartbeats among them, by which time goes on. What is committed at once may be told in any order: a
-- second is far more than that takes. One instance reads the only partition: another one would never
-- say what time it is. Headers are cast and not decoded: DECODE cannot be compiled where the connector
-- makes watermarks.
CREATE TABLE master_changes (
    `key` STRING,
    `row` STRING,
    headers MAP<STRING, BYTES> METADATA VIRTUAL,
    table_name AS TRIM(BOTH '"' FROM CAST(headers['${table_header}'] AS STRING)),
    committed AS TO_TIMESTAMP_LTZ(CAST(CAST(headers['${committed_header}'] AS STRING) AS BIGINT), 3),
    WATERMARK FOR committed AS committed - INTERVAL '1' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = '${masters_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'scan.startup.mode' = 'earliest-offset',
    'scan.parallelism' = '1',
    'key.format' = 'raw',
    'key.fields' = 'key',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
)
