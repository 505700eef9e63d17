-- What have days added so far?
CREATE TABLE sums (customer_id BIGINT, premises_id VARCHAR, band VARCHAR, exact HUGEINT)
