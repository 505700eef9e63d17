-- What does each message say of its reading: something new, another word, or again what is known?
-- Messages of a reading follow each other as the stream takes them: those on time by their place in
-- the log, then the late ones slice by slice of their arrival. A marked revision is a reading of its
-- own here, so that its own repeats are found, and those of the reading itself are compared with
-- what the reading itself said last.
CREATE TEMPORARY VIEW words AS
SELECT
    *,
    ROW_NUMBER() OVER of_one_reading AS word_number,
    LAG(register) OVER of_one_reading AS register_before,
    LAG(demand) OVER of_one_reading AS demand_before,
    LAG(energy) OVER of_one_reading AS energy_before
FROM (
    SELECT
        meter_id,
        geohash,
        commodity,
        ts,
        seq,
        revision,
        register,
        known_demand AS demand,
        energy,
        quality,
        kafka_offset,
        CASE
            WHEN verdict = 'late' THEN arrival_ms - MOD(arrival_ms, ${correction_window_ms})
            ELSE 0
        END AS corrected_at,
        CASE
            WHEN verdict = 'late' THEN arrival_ms - MOD(arrival_ms, ${slice_ms}) + ${slice_ms}
            ELSE 0
        END AS late_slice_ms
    FROM judged_readings
    WHERE verdict IN ('on_time', 'late')
)
WINDOW of_one_reading AS (
    PARTITION BY meter_id, commodity, ts, seq, revision
    ORDER BY late_slice_ms, kafka_offset
)
