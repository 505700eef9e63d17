-- What did runs find in readings and masters that a person should look at, or should have?
CREATE TABLE exceptions (
    exception_id BIGINT,
    severity VARCHAR,
    rule VARCHAR,
    meter_id VARCHAR,
    commodity VARCHAR,
    premises_id VARCHAR,
    begins_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    detail VARCHAR,
    opened_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    run_id BIGINT
);

COMMENT ON COLUMN exceptions.exception_id IS 'its number';
COMMENT ON COLUMN exceptions.severity IS 'note, review or hold';
COMMENT ON COLUMN exceptions.rule IS 'that found it';
COMMENT ON COLUMN exceptions.meter_id IS 'empty where it is of premises alone';
COMMENT ON COLUMN exceptions.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN exceptions.premises_id IS 'empty where it is of a meter alone';
COMMENT ON COLUMN exceptions.begins_at IS 'of the time in question';
COMMENT ON COLUMN exceptions.ends_at IS 'of the time in question';
COMMENT ON COLUMN exceptions.detail IS 'JSON';
COMMENT ON COLUMN exceptions.opened_at IS 'when it was found';
COMMENT ON COLUMN exceptions.closed_at IS 'when it was not found any more; null: open';
COMMENT ON COLUMN exceptions.run_id IS 'of the run that found it first';
