-- How do rows of the areas' history travel? As those of the meters.
CREATE TABLE area_minute_rows (
    ${area_minute_row}
) WITH (
    'topic' = '${area_minutes_topic}',
    'key.fields' = 'area',
    ${rows_over_kafka}
)
