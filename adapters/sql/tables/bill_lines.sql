-- What was issued to each customer, line by line, and on which document?
CREATE TABLE bill_lines (
    number VARCHAR,
    ledger_line_id BIGINT,
    customer_id BIGINT,
    premises_id VARCHAR,
    month VARCHAR,
    component VARCHAR,
    band VARCHAR,
    quantity BIGINT,
    unit VARCHAR,
    net_minor BIGINT,
    tax_category VARCHAR,
    tax_per_cent DECIMAL(7, 4),
    reason VARCHAR,
    recorded_at TIMESTAMPTZ,
    run_id BIGINT
);

COMMENT ON COLUMN bill_lines.number IS 'of the document; null: on none, or it waits for the next one';
COMMENT ON COLUMN bill_lines.ledger_line_id IS 'its place in the ledger';
COMMENT ON COLUMN bill_lines.customer_id IS 'number of the customer; 0 is nobody';
COMMENT ON COLUMN bill_lines.premises_id IS 'as in registry';
COMMENT ON COLUMN bill_lines.month IS 'local, 2013-03';
COMMENT ON COLUMN bill_lines.component IS 'what for: plan, version and part of it';
COMMENT ON COLUMN bill_lines.band IS 'of the plan, such as night';
COMMENT ON COLUMN bill_lines.quantity IS 'of the unit';
COMMENT ON COLUMN bill_lines.unit IS 'mwh (thousandths of a Wh), ml, w, days or none';
COMMENT ON COLUMN bill_lines.net_minor IS 'minor units, such as pence, without tax';
COMMENT ON COLUMN bill_lines.tax_category IS 'how it is taxed';
COMMENT ON COLUMN bill_lines.tax_per_cent IS '%';
COMMENT ON COLUMN bill_lines.reason IS 'first, or why a later line corrects it';
COMMENT ON COLUMN bill_lines.recorded_at IS 'when';
COMMENT ON COLUMN bill_lines.run_id IS 'of the run that wrote it';
