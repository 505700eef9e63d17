-- Was a run with these arguments issued before? The same again issues nothing, so there is one.
CREATE UNIQUE INDEX one_issued_run ON run (kind, site_id, month, readings_until, masters_as_of, rules)
    WHERE state = 'issued';
CREATE INDEX ON ledger_line (run_id);
CREATE INDEX ON document (run_id);

-- Beside what registers counted: what persons said.
ALTER TABLE run_energy ADD COLUMN edited_mwh numeric(30) NOT NULL DEFAULT 0;

-- Some of what is found is of premises and no register: a customer without a contract.
ALTER TABLE vee_exception ADD COLUMN premises_id text NOT NULL DEFAULT '';
ALTER TABLE vee_exception DROP CONSTRAINT vee_exception_severity_check;
ALTER TABLE vee_exception ADD CONSTRAINT vee_exception_severity_check
    CHECK (severity IN ('note', 'review', 'hold'));
DROP INDEX one_exception;
CREATE UNIQUE INDEX one_exception ON vee_exception (register_id, commodity, premises_id, rule, begin_ms)
    WHERE closed_at IS NULL;
