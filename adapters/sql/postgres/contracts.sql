-- On which plan has a customer a commodity from when until when, as we believe now?
SELECT premises_id, customer_id, commodity, plan_id, valid_from, valid_to
FROM contract WHERE recorded_to IS NULL
