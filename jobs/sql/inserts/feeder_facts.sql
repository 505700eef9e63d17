-- Behind which feeders is something the matter? Where meters are missed, much is drawn or voltages
-- are out of bounds, by Java's count; and each day of those whose supply is measured, of which rules
-- say whether more is lost than used to be.
INSERT INTO facts (subject, `value`)
SELECT subject, `value`
FROM feeder_facts
