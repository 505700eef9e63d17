-- Of which tenant is a reading? Of dc:eqix:us:chi1:12, if panel 1 counts it: dc:eqix:us:chi1:p1:12.
CREATE TEMPORARY VIEW tenant_readings AS
SELECT
    REGEXP_REPLACE(meter_id, ':p[0-9]+(?=:[^:]+$$)', '') AS tenant,
    register,
    arrival
FROM judged_readings
WHERE
    verdict IN ('on_time', 'late')
    AND commodity = 'electricity'
    AND REGEXP(meter_id, '^.+:p[0-9]+:[^:]+$$')
