-- What are the terms of a plan on a local day? A version never changes: bills refer to it.
CREATE TABLE plan_version (
    plan_id text NOT NULL CHECK (plan_id <> ''),
    version int NOT NULL CHECK (version > 0),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    -- The plan's file, TOML.
    terms text NOT NULL,
    sha256 bytea NOT NULL,
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (plan_id, version)
);

CREATE FUNCTION plan_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sha256 := sha256(convert_to(NEW.terms, 'UTF8'));
    RETURN NEW;
END $$;

CREATE TRIGGER plan_signed BEFORE INSERT ON plan_version FOR EACH ROW EXECUTE FUNCTION plan_signed();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON plan_version FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON plan_version EXECUTE FUNCTION not_truncated();
