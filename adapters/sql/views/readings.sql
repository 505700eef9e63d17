-- What is known of each reading? A row for each, by the last word on it.
CREATE VIEW readings AS
SELECT
    meter_id,
    commodity,
    geohash,
    left(geohash, 5) AS area,
    make_timestamptz(ts * 1000) AS read_at,
    event_date AS day,
    seq,
    CAST(register_mwh * 0.001 AS DECIMAL(18, 3)) AS register_wh,
    CAST(known_demand_mw * 0.001 AS DECIMAL(18, 3)) AS demand_w,
    voltage_v,
    CAST(known_energy_mwh * 0.001 AS DECIMAL(18, 3)) AS energy_wh,
    interval_ms,
    quality,
    revision,
    messages,
    make_timestamptz(arrival_ms * 1000) AS arrived_at,
    late AS is_late
FROM archive.readings
WHERE event_date >= ${from_day} AND event_date < ${to_day};

COMMENT ON COLUMN readings.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN readings.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN readings.geohash IS 'where the meter was';
COMMENT ON COLUMN readings.area IS 'first five characters of the geohash, some 5 km by 5 km';
COMMENT ON COLUMN readings.read_at IS 'end of what was measured';
COMMENT ON COLUMN readings.day IS 'UTC day of read_at: with a condition on it only files of those days are read';
COMMENT ON COLUMN readings.seq IS 'number of the reading';
COMMENT ON COLUMN readings.register_wh IS 'Wh, or litres of gas and water; what the register said';
COMMENT ON COLUMN readings.demand_w IS 'W, or litres per hour; where it was not said the mean of the interval';
COMMENT ON COLUMN readings.voltage_v IS 'V';
COMMENT ON COLUMN readings.energy_wh IS 'Wh or litres of the interval, with what revisions add; null of a meter that sends registers alone';
COMMENT ON COLUMN readings.interval_ms IS 'ms; length of the interval that ends at read_at';
COMMENT ON COLUMN readings.quality IS 'how the values came about; null where only revisions came';
COMMENT ON COLUMN readings.revision IS 'the highest marked revision, 0 without any';
COMMENT ON COLUMN readings.messages IS 'how many messages there are of it, repeats included';
COMMENT ON COLUMN readings.arrived_at IS 'when Kafka had the last word';
COMMENT ON COLUMN readings.is_late IS 'whether the last word came after its time';
