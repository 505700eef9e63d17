-- Who was where when, and since when do we know? As known at T: recorded_from <= T, and recorded_to
-- is later or null. No reference to premises and customer: they may be known later than who moved in.
CREATE TABLE occupancy (
    occupancy_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    premises_id text NOT NULL CHECK (premises_id <> ''),
    customer_id bigint NOT NULL CHECK (customer_id > 0),
    valid_from timestamptz NOT NULL,
    -- Null: still there.
    valid_to timestamptz CHECK (valid_to > valid_from),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Null: what we believe now.
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    -- Of a few words, since change capture carries it and people write names into free text.
    reason text NOT NULL CHECK (reason IN ('moved in', 'moved out', 'loaded', 'correction')),
    CONSTRAINT one_occupant EXCLUDE USING gist (
        premises_id WITH =,
        tstzrange(valid_from, valid_to) WITH &&,
        tstzrange(recorded_from, recorded_to) WITH &&
    )
);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON occupancy FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON occupancy EXECUTE FUNCTION not_truncated();
