-- In which hours may a home use electricity as it does not? Where the hour or one of the three before
-- is unusual or nearly so. And since there has been a model each 25th hour, judged or not, says
-- whether it still is, should those have been missing: another hour of the day each time, and not of
-- all homes at once.
INSERT INTO facts (subject, `value`)
SELECT
    subject,
    CAST(
        JSON_OBJECT(
            KEY 'kind' VALUE 'judged_hour',
            KEY 'subject' VALUE subject,
            KEY 'at_ms' VALUE at_ms,
            KEY 'area' VALUE area,
            KEY 'score' VALUE said.score,
            KEY 'channel' VALUE said.channel,
            KEY 'used_wh' VALUE said.used_wh,
            KEY 'usual_wh' VALUE said.usual_wh,
            KEY 'model' VALUE said.model
        ) AS BYTES
    ) AS `value`
FROM judged_hours
WHERE said.highest > 0.6 OR (said.has_model AND MOD(at_ms / 3600000 + checksum, 25) = 0)
