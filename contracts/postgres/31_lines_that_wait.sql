-- Which document shows a line that the run which wrote it put on none? What corrects a month that was
-- billed is in the ledger at once, and waits for the customer's next document.
CREATE TABLE later_line (
    ledger_line_id bigint PRIMARY KEY REFERENCES ledger_line,
    document_id bigint NOT NULL REFERENCES document
);
CREATE INDEX ON later_line (document_id);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON later_line FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON later_line EXECUTE FUNCTION not_truncated();

-- Which lines has a document? Those of its run, and those that had waited for it.
CREATE VIEW document_line AS
    SELECT document_id, ledger_line_id FROM ledger_line WHERE document_id IS NOT NULL
    UNION ALL
    SELECT document_id, ledger_line_id FROM later_line;

-- Which lines are to be on a document and are on none? What comes to no money waits for nothing.
CREATE INDEX ON ledger_line (run_id)
    WHERE document_id IS NULL AND customer_id > 0 AND minor <> 0 AND tax_rate IS NOT NULL;
CREATE VIEW waiting_line AS
    SELECT * FROM ledger_line
    WHERE document_id IS NULL AND customer_id > 0 AND minor <> 0 AND tax_rate IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM later_line WHERE later_line.ledger_line_id = ledger_line.ledger_line_id
        );
