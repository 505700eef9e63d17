-- On which plan has a customer a commodity from when until when, as we believe now?
CREATE TABLE contracts (
    premises_id VARCHAR,
    customer_id BIGINT,
    commodity VARCHAR,
    plan_id VARCHAR,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ
);

COMMENT ON COLUMN contracts.premises_id IS 'as in registry';
COMMENT ON COLUMN contracts.customer_id IS 'number of the customer';
COMMENT ON COLUMN contracts.commodity IS 'electricity, gas or water';
COMMENT ON COLUMN contracts.plan_id IS 'the plan: `wattstream plan list`';
COMMENT ON COLUMN contracts.valid_from IS 'since when';
COMMENT ON COLUMN contracts.valid_to IS 'until when; null: still';
