-- What was issued to a customer, line by line? Only ever added to: what is different later is a
-- further line, with its reason.
CREATE TABLE ledger_line (
    ledger_line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES run,
    -- Null: of nobody, or of a run without documents.
    document_id bigint REFERENCES document,
    customer_id bigint NOT NULL CHECK (customer_id >= 0),
    premises_id text NOT NULL,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    component text NOT NULL,
    band text NOT NULL,
    unit text NOT NULL CHECK (unit IN ('mwh', 'ml', 'w', 'days', 'none')),
    quantity bigint NOT NULL,
    minor bigint NOT NULL,
    tax_category text NOT NULL,
    reason text NOT NULL CHECK (reason IN (
        'first', 'late_reading', 'estimate_replaced', 'edit', 'move', 'price', 'plan', 'rule', 'rounding'
    )),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON ledger_line (month, customer_id);
CREATE INDEX ON ledger_line (document_id);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON ledger_line FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON ledger_line EXECUTE FUNCTION not_truncated();
