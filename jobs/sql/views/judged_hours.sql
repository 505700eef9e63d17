-- How unusual is an hour of a home, by the model that is published for it? Null where nobody can say:
-- without a model for the hour, of a meter that it does not know, and of hours that are not whole. And
-- no hours at all where none is published: handing them on costs as much as a reading does.
CREATE TEMPORARY VIEW judged_hours AS
SELECT
    subject,
    area,
    at_ms,
    checksum,
    judge_hours(subject, at_ms, energies) AS said
FROM meter_hours
WHERE is_published('${models_manifest}')
