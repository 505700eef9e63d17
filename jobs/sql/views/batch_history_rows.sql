-- What did each meter do in each minute and period, as known on time, and as each correction adds?
CREATE TEMPORARY VIEW history_rows AS
SELECT
    kind,
    meter_id,
    commodity,
    start_ms,
    corrected_at,
    MAX(CASE WHEN from_last = 1 THEN geohash END) AS geohash,
    SUM(counted) AS readings,
    CASE WHEN SUM(counted) = 0 THEN 0 ELSE SUM(
        ${seq_step}
    ) END AS expected,
    MAX(CASE WHEN from_first = 1 THEN seq END) AS first_seq,
    MAX(CASE WHEN from_last = 1 THEN seq END) AS last_seq,
    MIN(ts) AS first_at,
    MAX(ts) AS last_at,
    MAX(CASE WHEN from_first = 1 THEN register END) AS first_register,
    MAX(CASE WHEN from_last = 1 THEN register END) AS last_register,
    MIN(register) AS low_register,
    MAX(register) AS high_register,
    SUM(CASE WHEN counted = 1 AND demand IS NOT NULL THEN 1 ELSE 0 END) AS demands,
    SUM(CASE WHEN counted = 1 AND demand IS NOT NULL THEN demand ELSE 0 END) AS demand_sum,
    MIN(CASE WHEN counted = 1 THEN demand END) AS demand_min,
    MAX(CASE WHEN counted = 1 THEN demand END) AS demand_max,
    CASE
        WHEN COUNT(CASE WHEN counted = 1 THEN energy END) + COUNT(revised_energy) > 0 THEN
            COALESCE(SUM(CASE WHEN counted = 1 THEN energy END), 0)
            + COALESCE(SUM(revised_energy), 0)
    END AS energy,
    SUM(
        CASE WHEN counted = 1 AND quality NOT IN ('measured', 'final') THEN 1 ELSE 0 END
    ) AS estimated
FROM said_readings
GROUP BY kind, meter_id, commodity, start_ms, corrected_at
