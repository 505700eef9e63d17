-- What did we believe of a site, or of premises, before it was put right? Their rows say what we believe
-- now and since when; what they said before is kept, so that old bills come out as they did.
ALTER TABLE site ADD COLUMN recorded_from timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE site ALTER COLUMN recorded_from SET DEFAULT clock_timestamp();
ALTER TABLE premises ADD COLUMN recorded_from timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE premises ALTER COLUMN recorded_from SET DEFAULT clock_timestamp();

CREATE TABLE site_before (
    LIKE site,
    recorded_to timestamptz NOT NULL CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (site_id, recorded_from)
);
CREATE TABLE premises_before (
    LIKE premises,
    recorded_to timestamptz NOT NULL CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (premises_id, recorded_from)
);

CREATE FUNCTION kept_before() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'recorded_from' = to_jsonb(OLD) - 'recorded_from' THEN
            NEW.recorded_from := OLD.recorded_from;
            RETURN NEW;
        END IF;
        -- Who changes a row may say since when it is known; the row says since when it was.
        IF NEW.recorded_from > OLD.recorded_from THEN
            since := NEW.recorded_from;
        END IF;
        NEW.recorded_from := since;
    END IF;
    EXECUTE format('INSERT INTO %I SELECT ($1).*, $2', TG_TABLE_NAME || '_before') USING OLD, since;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER kept_before BEFORE UPDATE OR DELETE ON site FOR EACH ROW EXECUTE FUNCTION kept_before();
CREATE TRIGGER kept_before BEFORE UPDATE OR DELETE ON premises FOR EACH ROW EXECUTE FUNCTION kept_before();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON site_before FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON premises_before FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON site_before EXECUTE FUNCTION not_truncated();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON premises_before EXECUTE FUNCTION not_truncated();
