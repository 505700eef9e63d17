-- How much was used in each half-hour that there is a reading of? What the reading says of it; of one
-- that says nothing of it what the register rose by: those of London add up the half-hours that there
-- are, from 0.
SELECT
    meter_id,
    ts - 1800000 AS begin_ms,
    coalesce(
        energy_mwh,
        register_mwh - lag(register_mwh, 1, 0) OVER (PARTITION BY meter_id ORDER BY ts, seq)
    ) AS energy_mwh
FROM readings
