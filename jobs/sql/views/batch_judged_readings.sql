-- What did the stream decide of each archived reading? The same columns as of the view over Kafka.
-- What has three decimals is whole thousandths again: the nearest double of n/1000, times 1000, is far
-- less than a half from n.
CREATE TEMPORARY VIEW judged_readings AS
SELECT
    *,
    ${demand} AS known_demand
FROM (
    SELECT
        meter_id,
        geohash,
        commodity,
        ts,
        seq,
        CAST(ROUND(register * 1000) AS BIGINT) AS register,
        CAST(ROUND(demand * 1000) AS BIGINT) AS demand,
        CAST(ROUND(energy * 1000) AS BIGINT) AS energy,
        interval_ms,
        COALESCE(revision, 0) AS revision,
        quality,
        arrival_ms,
        kafka_offset,
        CASE WHEN late THEN 'late' ELSE 'on_time' END AS verdict
    FROM archived_readings
    WHERE ts >= ${from_ms} AND ts < ${to_ms}
)
