-- Who sends the bills of this namespace, from which local day of issue on? A document keeps the one
-- that it was issued by. Nothing of it is captured.
CREATE TABLE seller (
    seller_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    valid_from date NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    -- lines, post_code, city, country.
    address jsonb NOT NULL CHECK (address ->> 'country' ~ '^[A-Z]{2}$'),
    vat_id text,
    tax_number text,
    legal_id text,
    email text,
    phone text,
    website text,
    -- Where bills are paid to: an IBAN, or an account as it is written there.
    iban text,
    account text,
    account_name text,
    bic text,
    -- After so many days a bill is due.
    payment_days int NOT NULL DEFAULT 14 CHECK (payment_days >= 0),
    -- How documents speak where nobody asks for another language: `en-GB`.
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2,3}-[A-Z]{2}$'),
    recorded_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    CONSTRAINT taxed CHECK (coalesce(vat_id, tax_number, '') <> '')
);
CREATE UNIQUE INDEX one_seller ON seller (valid_from) WHERE recorded_to IS NULL;
CREATE TRIGGER only_closed BEFORE UPDATE OR DELETE ON seller FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON seller EXECUTE FUNCTION not_truncated();

-- Where are premises, as an envelope says it? It tells who lives there, so it is not captured, and
-- stands apart from `premises`, which is.
CREATE TABLE premises_address (
    premises_id text PRIMARY KEY CHECK (premises_id <> ''),
    address jsonb NOT NULL
);

-- What a customer used in earlier months is on each bill.
CREATE INDEX ON ledger_line (customer_id, run_id);
