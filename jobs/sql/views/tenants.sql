-- Who was known to be where as of when? The newest row of each tenant by then; no customer: nobody.
CREATE TEMPORARY VIEW tenants AS
SELECT tenant, customer, committed
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY tenant ORDER BY committed DESC) AS place
    FROM (
        SELECT
            JSON_VALUE(`key`, '$$.tenant_id') AS tenant,
            CAST(JSON_VALUE(`row`, '$$.customer_id') AS BIGINT) AS customer,
            committed
        FROM master_changes
        WHERE table_name = 'tenant'
    )
)
WHERE place = 1
