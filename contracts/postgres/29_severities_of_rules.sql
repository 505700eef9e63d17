-- How severe is what a rule finds? Runs read rules from here on, and say it by the words of exceptions:
-- what was `none` is a note, and what was an `exception` is to be reviewed. No bill was made by any.
ALTER TABLE vee_rule DISABLE TRIGGER only_closed;
ALTER TABLE vee_rule DROP CONSTRAINT vee_rule_severity_check;
UPDATE vee_rule SET severity = CASE severity WHEN 'none' THEN 'note' ELSE 'review' END
WHERE severity IN ('none', 'exception');
ALTER TABLE vee_rule ADD CONSTRAINT vee_rule_severity_check
    CHECK (severity IN ('note', 'review', 'hold'));
ALTER TABLE vee_rule ENABLE TRIGGER only_closed;
