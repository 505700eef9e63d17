-- What does history keep of late readings? A row beside the on-time one, marked by its arrival.
INSERT INTO minute_rows
SELECT
    meter_id,
    minute_ms,
    corrected_at,
    geohash,
    commodity,
    readings,
    last_seq - first_seq + 1,
    first_seq,
    last_seq,
    minute_ms + first_stamped / ${stamp_unit},
    minute_ms + last_stamped / ${stamp_unit},
    MOD(first_stamped, ${stamp_unit}) / 1000e0,
    MOD(last_stamped, ${stamp_unit}) / 1000e0,
    low_register / 1000e0,
    high_register / 1000e0,
    demand_sum / 1000e0,
    demand_min / 1000e0,
    demand_max / 1000e0
FROM corrections
