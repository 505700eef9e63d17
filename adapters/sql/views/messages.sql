-- What did each message say? Every usable one is there once, repeats and revisions too, as it came.
CREATE VIEW messages AS
SELECT
    meter_id,
    commodity,
    geohash,
    left(geohash, 5) AS area,
    make_timestamptz(ts * 1000) AS read_at,
    event_date AS day,
    seq,
    revision,
    CAST(register AS DECIMAL(18, 3)) AS register_wh,
    CAST(demand AS DECIMAL(18, 3)) AS demand_w,
    voltage_v,
    CAST(energy AS DECIMAL(18, 3)) AS energy_wh,
    interval_ms,
    quality,
    quality_code,
    make_timestamptz(arrival_ms * 1000) AS arrived_at,
    late AS is_late,
    kafka_partition,
    kafka_offset
FROM archive.messages
WHERE event_date >= ${from_day} AND event_date < ${to_day};

COMMENT ON COLUMN messages.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN messages.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN messages.geohash IS 'where the meter is';
COMMENT ON COLUMN messages.area IS 'first five characters of the geohash, some 5 km by 5 km';
COMMENT ON COLUMN messages.read_at IS 'end of what was measured';
COMMENT ON COLUMN messages.day IS 'UTC day of read_at: with a condition on it only files of those days are read';
COMMENT ON COLUMN messages.seq IS 'number of the reading';
COMMENT ON COLUMN messages.revision IS '0, or which marked revision it is';
COMMENT ON COLUMN messages.register_wh IS 'Wh, or litres of gas and water; what the register said';
COMMENT ON COLUMN messages.demand_w IS 'W, or litres per hour; as it was said';
COMMENT ON COLUMN messages.voltage_v IS 'V';
COMMENT ON COLUMN messages.energy_wh IS 'Wh or litres of the interval; of a revision the difference';
COMMENT ON COLUMN messages.interval_ms IS 'ms; length of the interval that ends at read_at';
COMMENT ON COLUMN messages.quality IS 'how the values came about; null is measured';
COMMENT ON COLUMN messages.quality_code IS 'the quality as the source says it';
COMMENT ON COLUMN messages.arrived_at IS 'when Kafka had it';
COMMENT ON COLUMN messages.is_late IS 'whether it came after its time, and so became a correction';
COMMENT ON COLUMN messages.kafka_partition IS 'its partition in the log';
COMMENT ON COLUMN messages.kafka_offset IS 'its place in the partition';
