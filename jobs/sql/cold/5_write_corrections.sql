-- What does Cassandra keep of late readings? A row beside the on-time one, marked by its arrival.
INSERT INTO acknowledged
SELECT write_corrections(
    window_start,
    CAST(TO_TIMESTAMP_LTZ(minute_ms, 3) AS TIMESTAMP(3)),
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
FROM corrections
