-- How do rows of history travel? Over Kafka, so that a slow Cassandra holds nobody else back.
CREATE TABLE minute_rows (
    ${minute_row}
) WITH (
    'topic' = '${minutes_topic}',
    'key.fields' = 'meter_id',
    ${rows_over_kafka}
)
