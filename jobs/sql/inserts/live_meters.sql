-- What does Redis show of each meter? Its latest slice.
INSERT INTO acknowledged (row_written)
SELECT write_live_meters(
    slice_end_ms,
    SUBSTRING(geohash, 1, ${area_length}),
    meter_id,
    live_meter_json(
        slice_end_ms,
        ${slice_last_ms},
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
