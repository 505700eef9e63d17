-- What of a register's readings must a person look at? The queue of exceptions.
CREATE TABLE vee_exception (
    vee_exception_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    register_id text NOT NULL,
    commodity text NOT NULL DEFAULT 'electricity',
    begin_ms bigint NOT NULL,
    end_ms bigint NOT NULL CHECK (end_ms >= begin_ms),
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('none', 'review', 'exception', 'hold')),
    detail jsonb NOT NULL DEFAULT '{}',
    opened_by_run bigint REFERENCES run,
    closed_by_run bigint REFERENCES run,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz
);
-- Found again by the next run it is the same one.
CREATE UNIQUE INDEX one_exception ON vee_exception (register_id, commodity, rule, begin_ms) WHERE closed_at IS NULL;
