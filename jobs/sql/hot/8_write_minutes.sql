-- What does Cassandra keep of each minute? The on-time row.
INSERT INTO acknowledged
SELECT write_minutes(
    minute_start,
    meter_id,
    geohash,
    commodity,
    readings,
    first_seq,
    last_seq,
    first_stamped,
    last_stamped,
    low_register,
    high_register,
    demand_sum,
    demand_min,
    demand_max
)
FROM minutes
