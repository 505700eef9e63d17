-- How unusual is an hour of a home, by the model that is published for it? Null where nobody can say:
-- without a model, of a meter that it does not know, and of hours that are not whole.
CREATE TEMPORARY VIEW judged_hours AS
SELECT
    subject,
    area,
    at_ms,
    checksum,
    judge_hours(subject, at_ms, energies) AS said
FROM meter_hours
