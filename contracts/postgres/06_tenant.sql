-- Who is where now? A row inserted, updated or deleted here is a move, and becomes an occupancy.
CREATE TABLE tenant (
    -- Premises.
    tenant_id text PRIMARY KEY CHECK (tenant_id <> ''),
    customer_id bigint NOT NULL CHECK (customer_id > 0),
    -- Since when, to the millisecond. `SET LOCAL wattstream.effective_at` says it of whatever follows
    -- in the transaction, deletions too.
    as_of timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE tenant REPLICA IDENTITY FULL;

CREATE FUNCTION effective_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('wattstream.effective_at', true), '')::timestamptz
$$;

CREATE FUNCTION tenant_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF effective_at() IS NOT NULL THEN
        NEW.as_of := effective_at();
    ELSIF TG_OP = 'UPDATE' AND NEW.as_of = OLD.as_of AND (NEW.tenant_id, NEW.customer_id) <> (OLD.tenant_id, OLD.customer_id) THEN
        NEW.as_of := clock_timestamp();
    END IF;
    NEW.as_of := date_trunc('milliseconds', NEW.as_of);
    RETURN NEW;
END $$;

-- From `since` on somebody else is there, or nobody. What was believed until now is closed, and said
-- again for the time before.
CREATE FUNCTION moved(tenant text, customer bigint, since timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known_from timestamptz := clock_timestamp();
BEGIN
    WITH closed AS (
        UPDATE occupancy SET recorded_to = known_from
        WHERE premises_id = tenant AND recorded_to IS NULL
            AND tstzrange(valid_from, valid_to) && tstzrange(since, NULL)
        RETURNING premises_id, customer_id, valid_from
    )
    INSERT INTO occupancy (premises_id, customer_id, valid_from, valid_to, recorded_from, reason)
        SELECT premises_id, customer_id, valid_from, since, known_from, 'moved out'
        FROM closed WHERE valid_from < since;
    IF customer IS NOT NULL THEN
        INSERT INTO occupancy (premises_id, customer_id, valid_from, recorded_from, reason)
            VALUES (tenant, customer, since, known_from, 'moved in');
    END IF;
END $$;

CREATE FUNCTION tenant_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.tenant_id <> OLD.tenant_id THEN
        PERFORM moved(OLD.tenant_id, NULL, CASE
            WHEN TG_OP = 'UPDATE' THEN NEW.as_of
            ELSE date_trunc('milliseconds', coalesce(effective_at(), clock_timestamp()))
        END);
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD THEN
        PERFORM moved(NEW.tenant_id, NEW.customer_id, NEW.as_of);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tenant_dated BEFORE INSERT OR UPDATE ON tenant FOR EACH ROW EXECUTE FUNCTION tenant_dated();
CREATE TRIGGER tenant_moves AFTER INSERT OR UPDATE OR DELETE ON tenant FOR EACH ROW EXECUTE FUNCTION tenant_moves();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON tenant EXECUTE FUNCTION not_truncated();
