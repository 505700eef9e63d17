-- Is a record on time, late, a heartbeat, or rejected and why? The only place that decides it.
-- minute_ms is the minute a reading belongs to. stamped_register orders its registers by time: the
-- millisecond of the minute in the high 16 bits, the register (thousandths, below 2^47) in the low
-- 47. The smallest is the first register with its time, the largest the last: exact through a
-- register reset, and a repeated message changes nothing.
CREATE TEMPORARY VIEW judged_readings AS
SELECT
    *,
    ts - MOD(ts, 60000) AS minute_ms,
    MOD(ts, 60000) * ${stamp_unit} + register AS stamped_register,
    CASE
        WHEN reject_reason IS NOT NULL THEN 'rejected'
        WHEN heartbeat THEN 'heartbeat'
        WHEN arrival_ms - ts > ${on_time_limit_ms} THEN 'late'
        ELSE 'on_time'
    END AS verdict
FROM (
    SELECT
        *,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN arrival_ms < partition_arrival_ms - ${slack_ms} THEN 'arrival_went_back'
            WHEN ts - arrival_ms > ${clock_skew_ms} THEN 'clock_ahead'
        END AS reject_reason
    FROM records
)
