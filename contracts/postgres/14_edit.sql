-- What does a person say that a register counted in some time, and why? Revoked by its recorded_to.
CREATE TABLE edit (
    edit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    register_id text NOT NULL CHECK (register_id <> ''),
    commodity text NOT NULL DEFAULT 'electricity' CHECK (commodity IN ('electricity', 'gas', 'water', 'supply')),
    begin_ms bigint NOT NULL,
    end_ms bigint NOT NULL CHECK (end_ms > begin_ms),
    -- Thousandths of a Wh or litre.
    energy_mwh bigint NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    by_user text NOT NULL CHECK (by_user <> ''),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from)
);
CREATE INDEX ON edit (register_id);
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON edit FOR EACH ROW EXECUTE FUNCTION only_closed();
