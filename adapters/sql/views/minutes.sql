-- What did each meter say in each minute, by the last word on each reading?
CREATE VIEW minutes AS
SELECT
    meter_id,
    commodity,
    arg_max(left(geohash, 5), ts) AS area,
    make_timestamptz(ts // 60000 * 60000000) AS begins_at,
    event_date AS day,
    count(*) AS readings,
    make_timestamptz(min(ts) * 1000) AS first_at,
    make_timestamptz(max(ts) * 1000) AS last_at,
    CAST(arg_min(register_mwh, CAST(ts AS HUGEINT) * 9007199254740992 + seq) * 0.001 AS DECIMAL(18, 3))
        AS first_register_wh,
    CAST(arg_max(register_mwh, CAST(ts AS HUGEINT) * 9007199254740992 + seq) * 0.001 AS DECIMAL(18, 3))
        AS last_register_wh,
    CAST(min(register_mwh) * 0.001 AS DECIMAL(18, 3)) AS low_register_wh,
    CAST(max(register_mwh) * 0.001 AS DECIMAL(18, 3)) AS high_register_wh,
    count(known_demand_mw) AS demands,
    avg(known_demand_mw) / 1000 AS demand_mean_w,
    CAST(min(known_demand_mw) * 0.001 AS DECIMAL(18, 3)) AS demand_min_w,
    CAST(max(known_demand_mw) * 0.001 AS DECIMAL(18, 3)) AS demand_max_w,
    sum(CAST(known_energy_mwh * 0.001 AS DECIMAL(18, 3))) AS energy_wh,
    count(*) FILTER (WHERE quality NOT IN ('measured', 'final')) AS estimated
FROM archive.readings
WHERE event_date >= ${from_day} AND event_date < ${to_day}
GROUP BY meter_id, commodity, ts // 60000, event_date;

COMMENT ON COLUMN minutes.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN minutes.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN minutes.area IS 'where the meter was last in it';
COMMENT ON COLUMN minutes.begins_at IS 'begin of the minute: a reading at its end is of the next one';
COMMENT ON COLUMN minutes.day IS 'UTC day: with a condition on it only files of those days are read';
COMMENT ON COLUMN minutes.readings IS 'how many there are';
COMMENT ON COLUMN minutes.first_at IS 'of the first reading';
COMMENT ON COLUMN minutes.last_at IS 'of the last reading';
COMMENT ON COLUMN minutes.first_register_wh IS 'Wh or litres; the first reading''s register';
COMMENT ON COLUMN minutes.last_register_wh IS 'Wh or litres; the last reading''s register';
COMMENT ON COLUMN minutes.low_register_wh IS 'Wh or litres; not the first if the register fell';
COMMENT ON COLUMN minutes.high_register_wh IS 'Wh or litres; not the last if the register fell';
COMMENT ON COLUMN minutes.demands IS 'how many readings have a demand';
COMMENT ON COLUMN minutes.demand_mean_w IS 'W, or litres per hour; mean over readings';
COMMENT ON COLUMN minutes.demand_min_w IS 'W, or litres per hour';
COMMENT ON COLUMN minutes.demand_max_w IS 'W, or litres per hour';
COMMENT ON COLUMN minutes.energy_wh IS 'Wh or litres; sum of the intervals that end in it; null of a meter that sends registers alone';
COMMENT ON COLUMN minutes.estimated IS 'how many readings are neither measured nor final';
