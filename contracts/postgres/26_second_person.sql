-- Which large edits has a second person seen? One of more than 500 kWh, or 50 m3, counts from then on.
ALTER TABLE edit ADD COLUMN is_large boolean NOT NULL DEFAULT false;

CREATE FUNCTION edit_sized() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_large := NEW.energy_mwh > CASE WHEN NEW.commodity IN ('gas', 'water') THEN 50000000 ELSE 500000000 END;
    RETURN NEW;
END $$;

CREATE TRIGGER edit_sized BEFORE INSERT ON edit FOR EACH ROW EXECUTE FUNCTION edit_sized();

CREATE TABLE edit_approval (
    edit_id bigint PRIMARY KEY REFERENCES edit,
    by_user text NOT NULL CHECK (by_user <> ''),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION by_somebody_else() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM edit WHERE edit_id = NEW.edit_id AND by_user = NEW.by_user) THEN
        RAISE EXCEPTION 'edit % is of %, who cannot approve it', NEW.edit_id, NEW.by_user
            USING HINT = 'Have somebody else look at it.', ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER by_somebody_else BEFORE INSERT ON edit_approval FOR EACH ROW EXECUTE FUNCTION by_somebody_else();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON edit_approval FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON edit_approval EXECUTE FUNCTION not_truncated();
