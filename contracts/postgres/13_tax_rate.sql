-- How many per cent of tax are due on what was supplied on a local day?
CREATE TABLE tax_rate (
    tax_region text NOT NULL CHECK (tax_region <> ''),
    category text NOT NULL CHECK (category <> ''),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    rate numeric(7, 4) NOT NULL CHECK (rate >= 0),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (tax_region, category, valid_from, recorded_from),
    CONSTRAINT one_rate EXCLUDE USING gist (
        tax_region WITH =,
        category WITH =,
        daterange(valid_from, valid_to) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON tax_rate FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON tax_rate EXECUTE FUNCTION not_truncated();
