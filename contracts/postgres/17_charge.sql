-- What does a customer owe for one thing in one month, as a run computes it? Customer 0 is nobody.
CREATE TABLE charge (
    run_id bigint NOT NULL REFERENCES run,
    customer_id bigint NOT NULL CHECK (customer_id >= 0),
    premises_id text NOT NULL,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    component text NOT NULL,
    band text NOT NULL,
    unit text NOT NULL CHECK (unit IN ('mwh', 'ml', 'w', 'days', 'none')),
    quantity bigint NOT NULL,
    exact numeric(40, 14) NOT NULL,
    minor bigint NOT NULL,
    tax_category text NOT NULL,
    -- Of the quantity how much is known how, by letter.
    by_letter jsonb NOT NULL DEFAULT '{}',
    -- Of what nobody is known for, why.
    unassigned text,
    PRIMARY KEY (run_id, customer_id, premises_id, month, component, band)
);
CREATE INDEX ON charge (customer_id, month);
