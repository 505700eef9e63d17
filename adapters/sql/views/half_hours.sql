-- How much did each meter use in each half-hour?
-- A step is of the half-hour in which it ends, its end included. Of a reading that says the energy of
-- its interval that is the interval, for its register may only count what was sent, in the order in
-- which it came; of others what the register rose by since the reading before. A fall of the register
-- adds nothing, and is counted: whether it rolled over only the registry knows.
CREATE VIEW half_hours AS
WITH readings AS (
    SELECT
        *,
        known_energy_mwh IS NULL AS is_by_register,
        register_mwh - lag(register_mwh) OVER of_a_meter AS rise_mwh,
        lag(ts) OVER of_a_meter AS before_ms
    FROM archive.readings
    WINDOW of_a_meter AS (PARTITION BY meter_id, commodity ORDER BY ts, seq)
),

steps AS (
    SELECT
        *,
        -- greatest() takes what is not known for 0.
        CASE
            WHEN NOT is_by_register THEN known_energy_mwh
            WHEN rise_mwh IS NOT NULL THEN greatest(rise_mwh, 0)
        END AS step_mwh,
        CASE WHEN is_by_register OR interval_ms IS NULL THEN before_ms ELSE ts - interval_ms END
            AS begun_ms
    FROM readings
),

half_hours AS (
    SELECT
        meter_id,
        commodity,
        (ts - 1) // 1800000 * 1800000 AS begin_ms,
        arg_max(left(geohash, 5), ts) AS area,
        count(*) AS readings,
        sum(CAST(step_mwh * 0.001 AS DECIMAL(18, 3))) AS energy_wh,
        min(begun_ms) AS from_ms,
        max(ts) FILTER (WHERE step_mwh IS NOT NULL) AS until_ms,
        count(*) FILTER (WHERE is_by_register AND rise_mwh < 0) AS falls,
        count(*) FILTER (WHERE quality NOT IN ('measured', 'final')) AS estimated
    FROM steps
    GROUP BY ALL
)
SELECT
    meter_id,
    commodity,
    area,
    make_timestamptz(begin_ms * 1000) AS begins_at,
    CAST(epoch_ms(begin_ms) AS DATE) AS day,
    readings,
    energy_wh,
    make_timestamptz(from_ms * 1000) AS counted_from,
    make_timestamptz(until_ms * 1000) AS counted_until,
    falls,
    estimated
FROM half_hours
WHERE CAST(epoch_ms(begin_ms) AS DATE) >= ${from_day} AND CAST(epoch_ms(begin_ms) AS DATE) < ${to_day};

COMMENT ON COLUMN half_hours.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN half_hours.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN half_hours.area IS 'where the meter was last in it';
COMMENT ON COLUMN half_hours.begins_at IS 'begin of the half-hour';
COMMENT ON COLUMN half_hours.day IS 'UTC day of begins_at; all days are read: give --from and --to';
COMMENT ON COLUMN half_hours.readings IS 'how many end in it';
COMMENT ON COLUMN half_hours.energy_wh IS 'Wh or litres; the intervals that end in it, or what the register rose by; null where no reading is known before';
COMMENT ON COLUMN half_hours.counted_from IS 'from when energy_wh was measured: earlier than begins_at where readings are missing';
COMMENT ON COLUMN half_hours.counted_until IS 'the reading until which it was';
COMMENT ON COLUMN half_hours.falls IS 'how often the register fell: reset, exchanged or rolled over';
COMMENT ON COLUMN half_hours.estimated IS 'how many readings are neither measured nor final';
