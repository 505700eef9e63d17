-- In which local month and band is each half-hour, and what does it cost, on each plan of the home?
SELECT
    half_hours.meter_id,
    contracts.series_id,
    half_hours.begin_ms,
    strftime(
        timezone(contracts.time_zone, to_timestamp(half_hours.begin_ms // 1000)), '%Y-%m'
    ) AS month,
    prices.band,
    half_hours.energy_mwh,
    -- A thousandth of a Wh is 10^-6 kWh, a price has eight decimals.
    CAST(half_hours.energy_mwh AS HUGEINT) * prices.price_e8 AS exact_e14,
    prices.end_ms > half_hours.begin_ms AS has_price
FROM half_hours
INNER JOIN contracts ON half_hours.meter_id = contracts.meter_id
ASOF LEFT JOIN prices
    ON contracts.series_id = prices.series_id AND half_hours.begin_ms >= prices.begin_ms
