-- In which hours may something be the matter with what a meter counts? Where its register lags behind
-- what its demands say, or counts though nothing is connected, and two hours more; for a day after the
-- register fell, in which an exchange of the meter may yet be announced; and while a home has no base
-- load that always had one.
INSERT INTO facts (subject, `value`)
SELECT
    subject,
    CAST(
        JSON_OBJECT(
            KEY 'kind' VALUE 'meter_hour',
            KEY 'subject' VALUE subject,
            KEY 'at_ms' VALUE at_ms,
            KEY 'area' VALUE area,
            KEY 'energy' VALUE energy / 1000e0,
            KEY 'by_demand' VALUE by_demand / 1000e0,
            KEY 'readings' VALUE readings,
            KEY 'expected' VALUE expected,
            KEY 'register' VALUE register / 1000e0,
            KEY 'fell_ms' VALUE fell_ms,
            KEY 'off_ms' VALUE off_ms,
            KEY 'installed_ms' VALUE installed_ms,
            KEY 'zero_hours' VALUE zero_hours,
            KEY 'idle_hours' VALUE idle_hours
        ) AS BYTES
    ) AS `value`
FROM meter_hours
WHERE lag_ago <= 2 OR used_ago <= 2 OR fell_ago <= 24 OR idle_hours IS NOT NULL
