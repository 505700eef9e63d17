-- What does knowing every meter cost? The one pass over the readings, and what is said of each.
INSERT INTO discarded_meters (slice_end_ms, commodity, area, meter_id, `value`)
SELECT slice_end_ms, commodity, area, meter_id, `value`
FROM live_meters
