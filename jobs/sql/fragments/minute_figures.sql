-- What does a row of history say of a minute? Units instead of thousandths, times instead of stamps.
readings,
        last_seq - first_seq + 1 AS expected,
        first_seq,
        last_seq,
        minute_ms + first_stamped / ${stamp_unit} AS first_at,
        minute_ms + last_stamped / ${stamp_unit} AS last_at,
        MOD(first_stamped, ${stamp_unit}) / 1000e0 AS first_register,
        MOD(last_stamped, ${stamp_unit}) / 1000e0 AS last_register,
        low_register / 1000e0 AS low_register,
        high_register / 1000e0 AS high_register,
        demand_sum / 1000e0 AS demand_sum,
        demand_min / 1000e0 AS demand_min,
        demand_max / 1000e0 AS demand_max
