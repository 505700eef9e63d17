-- Which messages count, in which rows of history, and how far from the last word of their reading?
-- All but repeats, in a row of the minute and one of the period; of those in one row the last word is
-- the first from the end.
CREATE TEMPORARY VIEW kept_words AS
SELECT
    *,
    ROW_NUMBER() OVER (
        PARTITION BY kind, meter_id, commodity, start_ms, corrected_at, ts, seq
        ORDER BY late_slice_ms DESC, kafka_offset DESC
    ) AS from_end,
    ROW_NUMBER() OVER (
        PARTITION BY kind, meter_id, commodity, start_ms, corrected_at, ts, seq, revision > 0
        ORDER BY late_slice_ms DESC, kafka_offset DESC
    ) AS from_end_of_its_kind
FROM (
    SELECT words.*, kind, ts - MOD(ts, length_ms) AS start_ms
    FROM words
    CROSS JOIN (VALUES ('minute', 60000), ('period', ${period_ms})) AS lengths (kind, length_ms)
)
WHERE
    word_number = 1
    OR revision = 0
    AND (
        register <> register_before
        OR demand IS DISTINCT FROM demand_before
        OR energy IS DISTINCT FROM energy_before
    )
