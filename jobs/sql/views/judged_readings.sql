-- Is a record on time, late, an announcement, a heartbeat, or rejected and why? The only place that
-- decides it. `demand` is as the meter said it, `known_demand` what is known of it.
CREATE TEMPORARY VIEW judged_readings AS
SELECT
    *,
    ${demand} AS known_demand,
    CASE
        WHEN reject_reason IS NOT NULL THEN 'rejected'
        WHEN heartbeat THEN 'heartbeat'
        WHEN announcement THEN 'announcement'
        WHEN ${is_late} THEN 'late'
        ELSE 'on_time'
    END AS verdict
FROM (
    SELECT
        *,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN arrival_ms < partition_arrival_ms - ${slack_ms} THEN 'arrival_went_back'
            WHEN ts - arrival_ms > ${clock_skew_ms} THEN 'clock_ahead'
            WHEN arrival_ms - ts > ${clock_behind_ms} THEN 'clock_behind'
        END AS reject_reason
    FROM records
)
