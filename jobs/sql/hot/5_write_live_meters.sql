-- What does Redis show of each meter? Its latest slice.
INSERT INTO acknowledged
SELECT write_live_meters(
    slice_end_ms,
    meter_id,
    geohash,
    commodity,
    readings,
    last_seq - first_seq + 1,
    last_stamped,
    demand_sum / readings,
    demand_min,
    demand_max
)
FROM slices
