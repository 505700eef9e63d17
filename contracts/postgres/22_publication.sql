-- What leaves this database? Ids, times and terms; no customer's name, no person's words.
CREATE PUBLICATION masters FOR TABLE
    site, premises, tenant, occupancy, installation, plan_version, contract, price, holiday,
    calorific_value, tax_rate, heartbeat;
