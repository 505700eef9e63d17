-- What does a unit cost in some time, by a series that plans name? Currency a kWh, or a m3.
CREATE TABLE price (
    series_id text NOT NULL CHECK (series_id <> ''),
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL CHECK (ends > starts),
    price numeric(14, 8) NOT NULL,
    band text CHECK (band <> ''),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (series_id, starts, recorded_from),
    CONSTRAINT one_price EXCLUDE USING gist (
        series_id WITH =,
        tstzrange(starts, ends) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON price FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON price EXECUTE FUNCTION not_truncated();
