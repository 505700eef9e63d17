-- What must hold of every row? Nothing that was recorded is lost: a row is closed, never changed.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Of a row that has `recorded_from` and `recorded_to`, what we believed in between stays.
CREATE FUNCTION only_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.recorded_to IS NULL
        AND to_jsonb(NEW) - 'recorded_to' = to_jsonb(OLD) - 'recorded_to'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a row of % is closed by its recorded_to, once, and never changed or deleted', TG_TABLE_NAME
        USING HINT = 'Set recorded_to of the row that is wrong to now, and insert the right one.',
            ERRCODE = 'restrict_violation';
END $$;

-- Of what was issued, or has a number that others refer to, all stays.
CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % is never changed or deleted', TG_TABLE_NAME
        USING HINT = 'Insert a further one that says what is different.', ERRCODE = 'restrict_violation';
END $$;

-- Change capture does not see rows that go by TRUNCATE.
CREATE FUNCTION not_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not to be truncated: nobody who follows its changes would know', TG_TABLE_NAME
        USING HINT = 'Delete its rows.', ERRCODE = 'restrict_violation';
END $$;

-- Epoch milliseconds, as all parts have times; what is finer is left out.
CREATE FUNCTION epoch_ms(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT floor(extract(epoch FROM at) * 1000)::bigint
$$;
