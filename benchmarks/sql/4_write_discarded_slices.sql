-- What do slices alone cost? The one pass over the readings, with all that its views need.
INSERT INTO discarded_slices
SELECT
    slice_end_ms,
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
FROM slices
