-- Does change capture follow? It beats once a second, so time goes on where nothing else changes.
CREATE TABLE heartbeat (
    heartbeat_id int PRIMARY KEY CHECK (heartbeat_id = 1),
    beat timestamptz NOT NULL
);
INSERT INTO heartbeat VALUES (1, clock_timestamp());
CREATE TRIGGER not_truncated BEFORE TRUNCATE ON heartbeat EXECUTE FUNCTION not_truncated();
