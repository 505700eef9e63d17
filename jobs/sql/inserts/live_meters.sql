-- What does Redis show of each meter? What is known of it; nothing in an area that it has left.
INSERT INTO acknowledged (row_written)
SELECT write_live_meters(slice_end_ms, commodity, area, meter_id, `value`)
FROM live_meters
