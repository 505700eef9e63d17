-- On which local days of a calendar do workdays' bands not apply? As a library had them when they were
-- loaded: what it says later changes no old bill.
CREATE TABLE holiday (
    calendar text NOT NULL CHECK (calendar <> ''),
    day date NOT NULL,
    name text NOT NULL DEFAULT '',
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (calendar, day)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON holiday FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON holiday EXECUTE FUNCTION not_truncated();
