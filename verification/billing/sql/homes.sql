-- What would all that each home used cost on each of its plans, exactly?
SELECT
    meter_id,
    series_id,
    count(*) AS half_hours,
    sum(energy_mwh) AS energy_mwh,
    sum(exact_e14) AS exact_e14
FROM priced
GROUP BY ALL
ORDER BY ALL
