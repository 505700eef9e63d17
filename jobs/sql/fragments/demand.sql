-- What is the demand of a reading, in thousandths? What the meter said; else the mean of its interval,
-- FLOOR(energy * 3600000 / interval_ms + 0.5) in whole numbers: doubled, so that the half is whole, and
-- one less where a division cuts towards zero from below. What is divided is at most 7.2 * 10^18 and
-- 2.7 * 10^9, which a BIGINT holds. Null if nothing is known, or beyond what a meter may say: a sum of
-- such demands would not fit.
CASE
        WHEN demand IS NOT NULL THEN demand
        WHEN ABS(energy * 3600000 / interval_ms) < ${max_demand}
            THEN (energy * 7200000 + interval_ms) / (2 * interval_ms)
                - CASE WHEN MOD(energy * 7200000 + interval_ms, 2 * interval_ms) < 0 THEN 1 ELSE 0 END
    END
