-- Behind which feeders is something the matter? Where meters are missed, by Java's count.
INSERT INTO facts (subject, `value`)
SELECT subject, `value`
FROM feeder_facts
