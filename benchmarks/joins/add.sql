-- What do the half-hours of a day add, by the prices and the contracts of their time?
INSERT INTO sums
WITH said AS (
    SELECT
        meter_id,
        ts,
        CAST(round(register * 1000) AS BIGINT) AS mwh
    FROM read_parquet($1, hive_partitioning = false)
    WHERE ts BETWEEN $2 AND $3
),
counted AS (
    SELECT
        meter_id AS premises_id,
        ts - 1800000 AS begin_ms,
        mwh - lag(mwh) OVER (PARTITION BY meter_id ORDER BY ts) AS energy_mwh
    FROM said
)
SELECT
    customer_id,
    premises_id,
    band,
    sum(energy_mwh * price_e8)
FROM counted
JOIN prices USING (begin_ms)
JOIN contracts USING (premises_id)
WHERE energy_mwh IS NOT NULL AND begin_ms >= from_ms AND begin_ms < until_ms
GROUP BY ALL
