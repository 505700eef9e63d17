-- Which invoices and credit notes were issued, to whom and for how much? Amounts in minor units.
CREATE TABLE document (
    document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    customer_id bigint NOT NULL CHECK (customer_id > 0),
    run_id bigint NOT NULL REFERENCES run,
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    currency char(3) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL CHECK (gross_minor = net_minor + tax_minor),
    -- All that is printed, so that it can be printed again.
    content jsonb,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON document (customer_id, month);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION only_added();

-- How much tax has a document by category and rate?
CREATE TABLE document_tax (
    document_id bigint NOT NULL REFERENCES document,
    tax_category text NOT NULL,
    rate numeric(7, 4) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    PRIMARY KEY (document_id, tax_category, rate)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON document_tax FOR EACH ROW EXECUTE FUNCTION only_added();

-- Which files show a document? Rendered again by the same template they are the same.
CREATE TABLE document_file (
    document_id bigint NOT NULL REFERENCES document,
    template_sha256 bytea NOT NULL CHECK (length(template_sha256) = 32),
    pdf_sha256 bytea NOT NULL CHECK (length(pdf_sha256) = 32),
    rendered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (document_id, template_sha256)
);

-- Which number has the newest document of a series? Counted in the transaction that issues, so that
-- none is left out: a sequence would go on after a rollback.
CREATE TABLE document_series (
    series text PRIMARY KEY,
    newest bigint NOT NULL DEFAULT 0 CHECK (newest >= 0)
);
