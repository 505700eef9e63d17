-- How do rows of periods travel? As those of minutes.
CREATE TABLE period_rows (
    ${period_row}
) WITH (
    'topic' = '${periods_topic}',
    'key.fields' = 'meter_id',
    ${rows_over_kafka}
)
