-- Which invoices and credit notes were issued, to whom and for how much?
CREATE TABLE bills (
    number VARCHAR,
    kind VARCHAR,
    customer_id BIGINT,
    month VARCHAR,
    currency VARCHAR,
    net_minor BIGINT,
    tax_minor BIGINT,
    gross_minor BIGINT,
    issued_at TIMESTAMPTZ,
    run_id BIGINT
);

COMMENT ON COLUMN bills.number IS 'of the document';
COMMENT ON COLUMN bills.kind IS 'invoice or credit_note';
COMMENT ON COLUMN bills.customer_id IS 'number of the customer';
COMMENT ON COLUMN bills.month IS 'local, 2013-03';
COMMENT ON COLUMN bills.currency IS 'of the amounts, GBP';
COMMENT ON COLUMN bills.net_minor IS 'minor units, such as pence, without tax';
COMMENT ON COLUMN bills.tax_minor IS 'minor units; the tax';
COMMENT ON COLUMN bills.gross_minor IS 'minor units, with tax';
COMMENT ON COLUMN bills.issued_at IS 'when';
COMMENT ON COLUMN bills.run_id IS 'of the run that issued it';
