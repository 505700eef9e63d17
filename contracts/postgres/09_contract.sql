-- On which plan does a customer have a commodity at premises when?
CREATE TABLE contract (
    contract_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    premises_id text NOT NULL CHECK (premises_id <> ''),
    customer_id bigint NOT NULL CHECK (customer_id > 0),
    commodity text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water')),
    -- The plan's versions may come later than who chose it.
    plan_id text NOT NULL CHECK (plan_id <> ''),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz CHECK (valid_to > valid_from),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    CONSTRAINT one_plan EXCLUDE USING gist (
        premises_id WITH =,
        customer_id WITH =,
        commodity WITH =,
        tstzrange(valid_from, valid_to) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON contract FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON contract EXECUTE FUNCTION not_truncated();
