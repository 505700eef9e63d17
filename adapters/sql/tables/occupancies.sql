-- Which customer had which premises from when until when, as we believe now?
CREATE TABLE occupancies (
    premises_id VARCHAR,
    customer_id BIGINT,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ
);

COMMENT ON COLUMN occupancies.premises_id IS 'as in registry';
COMMENT ON COLUMN occupancies.customer_id IS 'number of the customer; names stay in PostgreSQL';
COMMENT ON COLUMN occupancies.valid_from IS 'moved in';
COMMENT ON COLUMN occupancies.valid_to IS 'moved out; null: still there';
