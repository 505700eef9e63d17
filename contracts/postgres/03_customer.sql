-- What is a customer called, and where does the bill go? Nothing of it ever leaves this database.
CREATE TABLE customer (
    -- 0 is nobody: who used what cannot be assigned.
    customer_id bigint PRIMARY KEY CHECK (customer_id > 0),
    name text NOT NULL,
    address jsonb,
    vat_category text NOT NULL DEFAULT 'domestic'
);
