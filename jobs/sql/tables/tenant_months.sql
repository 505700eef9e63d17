-- How do months of tenants travel? Each as it stands, by tenant, customer and month.
CREATE TABLE tenant_months (
    tenant STRING,
    customer BIGINT,
    `month` STRING,
    kwh DOUBLE,
    PRIMARY KEY (tenant, customer, `month`) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = '${tenant_months_topic}',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.compression.type' = 'lz4',
    'key.format' = 'json',
    'value.format' = 'json'
)
