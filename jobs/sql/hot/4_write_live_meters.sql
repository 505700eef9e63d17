-- What does Redis show of each meter? Its latest slice.
INSERT INTO acknowledged
SELECT write_live_meters(
    slice_end_ms,
    SUBSTRING(geohash, 1, ${area_length}),
    meter_id,
    live_value(
        slice_end_ms,
        -- A slice that ends on a minute belongs to the minute before.
        slice_end_ms - 1 - MOD(slice_end_ms - 1, 60000) + last_stamped / ${stamp_unit},
        geohash,
        commodity,
        readings,
        last_seq - first_seq + 1,
        MOD(last_stamped, ${stamp_unit}),
        demand_sum / readings,
        demand_min,
        demand_max
    )
)
FROM slices
