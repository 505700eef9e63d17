-- Behind which feeders is something the matter? Where meters are missed, much is drawn or voltages
-- are out of bounds, by Java's count.
INSERT INTO facts (subject, `value`)
SELECT subject, `value`
FROM feeder_facts
