-- What was computed for which month, of which readings and masters, by which rules? The same again
-- gives the same charges.
CREATE TABLE run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('interim', 'first', 'reconciliation', 'final')),
    -- Local, `2013-03`.
    month text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    -- Null: of all sites.
    site_id text REFERENCES site,
    -- Of each partition of the readings, the first offset that is not of it.
    readings_until bigint[] NOT NULL,
    masters_as_of timestamptz NOT NULL,
    -- Of code, time zones and rules.
    rules text NOT NULL,
    exact numeric(40, 14),
    rounded_minor bigint,
    state text NOT NULL DEFAULT 'computed' CHECK (state IN ('computed', 'broken', 'issued')),
    -- Which identities it breaks: a run that breaks one is not issued.
    broken jsonb,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE INDEX ON run (month, kind);

-- How much did the registers of a run count, and whose was it? Thousandths of a Wh or litre.
CREATE TABLE run_energy (
    run_id bigint NOT NULL REFERENCES run,
    commodity text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('import', 'export', 'feeder')),
    metered_mwh numeric(30) NOT NULL,
    billed_mwh numeric(30) NOT NULL,
    unassigned_mwh numeric(30) NOT NULL,
    estimated_mwh numeric(30) NOT NULL,
    lost_mwh numeric(30),
    PRIMARY KEY (run_id, commodity, direction)
);
