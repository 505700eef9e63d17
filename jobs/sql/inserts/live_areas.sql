-- What does Redis show of each area? Its latest slice.
INSERT INTO acknowledged (row_written)
SELECT write_live_areas(slice_end_ms, commodity, area, meters, readings, demand)
FROM area_slices
