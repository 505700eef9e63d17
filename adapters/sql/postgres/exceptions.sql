-- What did runs find in readings and masters that a person should look at, or should have?
SELECT
    vee_exception_id AS exception_id, severity, rule, register_id AS meter_id, commodity,
    premises_id, to_timestamp(begin_ms / 1000.0) AS begins_at,
    to_timestamp(end_ms / 1000.0) AS ends_at, detail::text AS detail, opened_at, closed_at,
    opened_by_run AS run_id
FROM vee_exception
