-- Whose calendar, money and tax apply to some premises?
CREATE TABLE site (
    site_id text PRIMARY KEY CHECK (site_id <> ''),
    time_zone text NOT NULL CHECK (time_zone <> ''),
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    tax_region text NOT NULL,
    -- A calendar of the table `holiday`.
    holidays text,
    gas_day_starts time NOT NULL DEFAULT '00:00',
    -- A zone of the table `calorific_value`.
    gas_zone text
);
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON site EXECUTE FUNCTION not_truncated();
