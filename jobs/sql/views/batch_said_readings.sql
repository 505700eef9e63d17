-- What does a row of history hold of each reading? Register and place as the last word has them;
-- demand, quality and energy as the reading itself says last, since those of a marked revision are of
-- a difference; and what all marked revisions add.
CREATE TEMPORARY VIEW said_readings AS
SELECT
    *,
    LAG(seq) OVER (
        PARTITION BY kind, meter_id, commodity, start_ms, corrected_at ORDER BY ts, seq
    ) AS seq_before,
    ROW_NUMBER() OVER (
        PARTITION BY kind, meter_id, commodity, start_ms, corrected_at ORDER BY ts, seq
    ) AS from_first,
    ROW_NUMBER() OVER (
        PARTITION BY kind, meter_id, commodity, start_ms, corrected_at ORDER BY ts DESC, seq DESC
    ) AS from_last
FROM (
    SELECT
        kind,
        meter_id,
        commodity,
        start_ms,
        corrected_at,
        ts,
        seq,
        MAX(CASE WHEN revision = 0 AND word_number = 1 THEN 1 ELSE 0 END) AS counted,
        MAX(CASE WHEN from_end = 1 THEN geohash END) AS geohash,
        MAX(CASE WHEN from_end = 1 THEN register END) AS register,
        MAX(CASE WHEN revision = 0 AND from_end_of_its_kind = 1 THEN demand END) AS demand,
        MAX(CASE WHEN revision = 0 AND from_end_of_its_kind = 1 THEN quality END) AS quality,
        MAX(CASE WHEN revision = 0 AND from_end_of_its_kind = 1 THEN energy END) AS energy,
        SUM(CASE WHEN revision > 0 THEN energy END) AS revised_energy
    FROM kept_words
    GROUP BY kind, meter_id, commodity, start_ms, corrected_at, ts, seq
)
