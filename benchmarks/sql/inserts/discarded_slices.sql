-- What do slices alone cost? The one pass over the readings, with all that its views need.
INSERT INTO discarded_slices (slice_end_ms, meter_id, geohash, commodity, ${window_figure_names})
SELECT slice_end_ms, meter_id, geohash, commodity, ${window_figure_names}
FROM slices
