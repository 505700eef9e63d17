-- What are people told? Every version of an alert that the rules make.
INSERT INTO alerts (id, alert)
SELECT id, alert
FROM watched
