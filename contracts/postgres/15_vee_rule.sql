-- By which rules are readings judged on which meters when, and how severe is what they find?
CREATE TABLE vee_rule (
    vee_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL CHECK (rule <> ''),
    applies_to jsonb NOT NULL DEFAULT '{}',
    parameters jsonb NOT NULL DEFAULT '{}',
    severity text NOT NULL CHECK (severity IN ('none', 'review', 'exception', 'hold')),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz CHECK (valid_to > valid_from),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    CONSTRAINT one_rule EXCLUDE USING gist (
        rule WITH =,
        (applies_to::text) WITH =,
        tstzrange(valid_from, valid_to) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON vee_rule FOR EACH ROW EXECUTE FUNCTION only_closed();
