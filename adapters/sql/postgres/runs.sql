-- Which runs of the settlement were there, of which months, and what became of them?
SELECT run_id, kind, month, site_id, masters_as_of, state, rounded_minor, started_at, ended_at
FROM run
