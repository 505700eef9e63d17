-- What does each home owe for each local month, with tax? Taxed once a bill, half away from zero.
WITH net AS (
    SELECT
        meter_id,
        series_id,
        month,
        count(*) AS lines,
        sum(half_hours) AS half_hours,
        sum(energy_mwh) AS energy_mwh,
        sum(minor) AS net_minor
    FROM lines
    GROUP BY ALL
)
SELECT
    net.*,
    sign(net_minor) * ((2 * abs(net_minor) * tax_e4 + 1000000) // 2000000) AS tax_minor,
    net_minor + tax_minor AS gross_minor
FROM net
INNER JOIN contracts USING (meter_id, series_id)
ORDER BY ALL
