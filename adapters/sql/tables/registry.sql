-- Which meter counts for which premises from when until when, as we believe now?
CREATE TABLE registry (
    meter_id VARCHAR,
    commodity VARCHAR,
    premises_id VARCHAR,
    site_id VARCHAR,
    time_zone VARCHAR,
    direction VARCHAR,
    source VARCHAR,
    cadence_ms BIGINT,
    size_wh DECIMAL(18, 3),
    multiplier DECIMAL(12, 6),
    max_w BIGINT,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ
);

COMMENT ON COLUMN registry.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN registry.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN registry.premises_id IS 'what it counts for';
COMMENT ON COLUMN registry.site_id IS 'whose calendar, money and tax apply; null where the premises are not known yet';
COMMENT ON COLUMN registry.time_zone IS 'of the site';
COMMENT ON COLUMN registry.direction IS 'import, export, or feeder';
COMMENT ON COLUMN registry.source IS 'counter, interval or month_to_date: what it sends';
COMMENT ON COLUMN registry.cadence_ms IS 'ms between two readings';
COMMENT ON COLUMN registry.size_wh IS 'Wh or litres at which the register is 0 again';
COMMENT ON COLUMN registry.multiplier IS 'by which it counts';
COMMENT ON COLUMN registry.max_w IS 'W, or litres per hour, that cannot be exceeded';
COMMENT ON COLUMN registry.valid_from IS 'since when';
COMMENT ON COLUMN registry.valid_to IS 'until when; null: still';
