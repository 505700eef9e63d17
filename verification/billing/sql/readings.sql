-- What did each meter say last of each of its readings?
SELECT
    meter_id,
    ts,
    seq,
    -- The archive has Wh as a float, of what was whole thousandths.
    CAST(round(register * 1000) AS BIGINT) AS register_mwh
FROM archive
WHERE commodity = 'electricity'
QUALIFY row_number() OVER (
    PARTITION BY meter_id, ts, seq ORDER BY revision DESC, kafka_offset DESC
) = 1
