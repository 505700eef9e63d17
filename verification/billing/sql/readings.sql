-- What did each meter say last of each of its readings, and what did its interval count by all words?
WITH words AS (
    SELECT
        meter_id,
        ts,
        seq,
        coalesce(revision, 0) AS number,
        kafka_offset,
        -- The archive has Wh as a float, of what was whole thousandths.
        {
            register_mwh: CAST(round(register * 1000) AS BIGINT),
            energy_mwh: CAST(round(energy * 1000) AS BIGINT)
        } AS said
    FROM archive
    WHERE commodity = 'electricity'
),

numbers AS (
    SELECT
        meter_id,
        ts,
        seq,
        number,
        arg_max(said, kafka_offset) AS last_said,
        -- A revision says by how much it differs from what was said before, once for each number.
        CASE WHEN number > 0 THEN arg_min(said, kafka_offset) ELSE arg_max(said, kafka_offset) END
            AS counted
    FROM words
    GROUP BY meter_id, ts, seq, number
)

SELECT
    meter_id,
    ts,
    seq,
    arg_max(last_said.register_mwh, number) AS register_mwh,
    CAST(sum(counted.energy_mwh) AS BIGINT) AS energy_mwh
FROM numbers
GROUP BY ALL
