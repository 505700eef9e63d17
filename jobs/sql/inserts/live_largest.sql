-- What does Redis show of the largest meters? Those of the last minute at whose end they changed.
INSERT INTO acknowledged (row_written)
SELECT write_live_largest(slice_end_ms, commodity, measure, `value`)
FROM largest
