-- Which runs of the settlement were there, of which months, and what became of them?
CREATE TABLE runs (
    run_id BIGINT,
    kind VARCHAR,
    month VARCHAR,
    site_id VARCHAR,
    masters_as_of TIMESTAMPTZ,
    state VARCHAR,
    rounded_minor BIGINT,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);

COMMENT ON COLUMN runs.run_id IS 'number of the run';
COMMENT ON COLUMN runs.kind IS 'interim, first, reconciliation or final';
COMMENT ON COLUMN runs.month IS 'local, 2013-03';
COMMENT ON COLUMN runs.site_id IS 'null: of all sites';
COMMENT ON COLUMN runs.masters_as_of IS 'as of when masters were believed';
COMMENT ON COLUMN runs.state IS 'computed, broken or issued';
COMMENT ON COLUMN runs.rounded_minor IS 'minor units, such as pence: all that it comes to';
COMMENT ON COLUMN runs.started_at IS 'when it began';
COMMENT ON COLUMN runs.ended_at IS 'when it was over';
