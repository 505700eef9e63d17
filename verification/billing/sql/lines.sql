-- What does each home owe for each band of each local month? Rounded once, half away from zero.
SELECT
    meter_id,
    series_id,
    month,
    band,
    count(*) AS half_hours,
    sum(energy_mwh) AS energy_mwh,
    sum(exact_e14) AS exact_e14,
    sign(sum(exact_e14)) * ((2 * abs(sum(exact_e14)) + 1000000000000) // 2000000000000) AS minor
FROM priced
GROUP BY ALL
ORDER BY ALL
