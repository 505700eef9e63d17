-- What does Redis show of each area, feeder and region? Its last slice in which something changed.
INSERT INTO acknowledged (row_written)
SELECT write_live_groups(
    kind,
    name,
    commodity,
    slice_end_ms,
    demand,
    reporting,
    holding,
    silent,
    energy_today
)
FROM group_slices
