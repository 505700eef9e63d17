-- Which facts are there for the rules? All that the topic has: what was open is in the job's state.
CREATE TABLE facts_to_watch (
    subject STRING,
    fact STRING
) WITH (
    'connector' = 'kafka',
    'topic' = '${facts_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}',
    'scan.startup.mode' = 'earliest-offset',
    'key.format' = 'raw',
    'key.fields' = 'subject',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
)
