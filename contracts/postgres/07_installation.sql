-- Which register counts for which premises when, and how? A register is a meter and a commodity.
CREATE TABLE installation (
    installation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    register_id text NOT NULL CHECK (register_id <> ''),
    premises_id text NOT NULL CHECK (premises_id <> ''),
    commodity text NOT NULL CHECK (commodity IN ('electricity', 'gas', 'water', 'supply')),
    direction text NOT NULL CHECK (direction IN ('import', 'export', 'feeder')),
    source text NOT NULL CHECK (source IN ('counter', 'interval', 'month_to_date')),
    boundary text NOT NULL CHECK (boundary IN ('interpolate', 'at_reading')),
    -- Thousandths of a Wh or litre; what it is 0 again at, and what it said when it came and went.
    size_mwh bigint CHECK (size_mwh > 0),
    opening_mwh bigint CHECK (opening_mwh >= 0),
    closing_mwh bigint CHECK (closing_mwh >= 0),
    cadence_ms bigint CHECK (cadence_ms > 0),
    -- W, or litres per hour, that cannot be exceeded.
    max_w bigint CHECK (max_w > 0),
    multiplier numeric(12, 6) NOT NULL DEFAULT 1 CHECK (multiplier > 0),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz CHECK (valid_to > valid_from),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    CONSTRAINT one_place EXCLUDE USING gist (
        register_id WITH =,
        commodity WITH =,
        tstzrange(valid_from, valid_to) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE INDEX ON installation (premises_id);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON installation FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON installation EXECUTE FUNCTION not_truncated();
