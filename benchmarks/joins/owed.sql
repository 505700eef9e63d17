-- What does each customer owe by band: exactly, and in pence, half away from zero?
WITH whole AS (
    SELECT
        customer_id,
        premises_id,
        band,
        sum(exact) AS exact
    FROM sums
    GROUP BY ALL
)
SELECT
    customer_id,
    premises_id,
    band,
    CAST(exact AS BIGINT) AS exact,
    CAST(sign(exact) * ((2 * abs(exact) + $unit) // (2 * $unit)) AS BIGINT) AS minor
FROM whole
