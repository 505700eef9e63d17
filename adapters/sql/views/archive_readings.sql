-- What is known of each reading, those of the days around what was asked for included?
-- Register and place are of the last word (the highest revision, then the last message); demand,
-- quality and energy of the last that is no marked revision, for those have them of a difference;
-- and each marked revision adds its energy once.
CREATE VIEW archive.readings AS
WITH words AS (
    SELECT
        meter_id,
        commodity,
        ts,
        seq,
        event_date,
        count(*) AS messages,
        arg_max(
            {
                geohash: geohash,
                register_mwh: CAST(round(register * 1000) AS BIGINT),
                voltage_v: voltage_v,
                arrival_ms: arrival_ms,
                late: late,
                revision: coalesce(revision, 0)
            },
            -- A revision is below 2^31, an offset below 2^63.
            CAST(coalesce(revision, 0) AS HUGEINT) * 9223372036854775808 + kafka_offset
        ) AS last_word,
        arg_max(
            {
                demand_mw: CAST(round(demand * 1000) AS BIGINT),
                energy_mwh: CAST(round(energy * 1000) AS BIGINT),
                interval_ms: interval_ms,
                quality: coalesce(quality, 'measured')
            },
            kafka_offset
        ) FILTER (WHERE coalesce(revision, 0) = 0) AS own,
        list(
            {
                revision: revision,
                kafka_offset: kafka_offset,
                energy_mwh: CAST(round(energy * 1000) AS BIGINT)
            }
        ) FILTER (WHERE revision > 0 AND energy IS NOT NULL) AS revisions
    FROM archive.messages
    GROUP BY ALL
)
SELECT
    * EXCLUDE (last_word, own, revisions),
    unnest(last_word),
    unnest(own),
    -- What is not said is the mean of the interval, FLOOR(energy * 3600000 / interval_ms + 0.5) in
    -- whole numbers: doubled, so that the half is whole, and one less where a division cuts towards
    -- zero from below. Beyond what a meter may say it is not known.
    CASE
        WHEN own.demand_mw IS NOT NULL THEN own.demand_mw
        WHEN abs(own.energy_mwh * 3600000 // own.interval_ms) < 1000000000000
            THEN (own.energy_mwh * 7200000 + own.interval_ms) // (2 * own.interval_ms)
                - CAST((own.energy_mwh * 7200000 + own.interval_ms) % (2 * own.interval_ms) < 0 AS BIGINT)
    END AS known_demand_mw,
    CASE
        WHEN own.energy_mwh IS NOT NULL OR revisions IS NOT NULL
            THEN coalesce(own.energy_mwh, 0) + coalesce(
                list_sum(
                    list_transform(
                        list_distinct(list_transform(revisions, lambda each: each.revision)),
                        lambda number: list_filter(
                            list_sort(revisions), lambda each: each.revision = number
                        )[1].energy_mwh
                    )
                ),
                0
            )
    END AS known_energy_mwh
FROM words;
