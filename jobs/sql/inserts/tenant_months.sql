-- What is a tenant billed for a month, as system C did it? The largest register of the month in which
-- it arrived, in UTC, of whoever was known to be there then; of nobody nothing.
INSERT INTO tenant_months (tenant, customer, `month`, kwh)
SELECT tenant, customer, `month`, MAX(register) / 1000000e0
FROM (
    SELECT
        tenant_readings.tenant,
        customer,
        DATE_FORMAT(arrival, 'yyyy-MM') AS `month`,
        register
    FROM tenant_readings
    JOIN tenants FOR SYSTEM_TIME AS OF tenant_readings.arrival
        ON tenant_readings.tenant = tenants.tenant
)
WHERE customer IS NOT NULL
GROUP BY tenant, customer, `month`
