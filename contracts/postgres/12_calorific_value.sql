-- How much energy has a m3 of gas in a zone on a gas day?
CREATE TABLE calorific_value (
    zone text NOT NULL CHECK (zone <> ''),
    gas_day date NOT NULL,
    mj_per_m3 numeric(8, 4) NOT NULL CHECK (mj_per_m3 > 0),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (zone, gas_day, recorded_from)
);
-- Of what is believed now there is one.
CREATE UNIQUE INDEX one_calorific_value ON calorific_value (zone, gas_day) WHERE recorded_to IS NULL;
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON calorific_value FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON calorific_value EXECUTE FUNCTION not_truncated();
