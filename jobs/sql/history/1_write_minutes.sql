-- What does Cassandra keep of each meter's minute? On-time rows and corrections, as they come.
INSERT INTO acknowledged
SELECT write_minutes(
    meter_id,
    `minute`,
    corrected_at,
    geohash,
    commodity,
    readings,
    expected,
    first_seq,
    last_seq,
    first_at,
    last_at,
    first_register,
    last_register,
    low_register,
    high_register,
    demand_sum,
    demand_min,
    demand_max
)
FROM minute_rows
