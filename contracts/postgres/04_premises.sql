-- Which spaces are there that somebody may occupy?
CREATE TABLE premises (
    premises_id text PRIMARY KEY CHECK (premises_id <> ''),
    site_id text NOT NULL REFERENCES site
);
CREATE INDEX ON premises (site_id);
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON premises EXECUTE FUNCTION not_truncated();
