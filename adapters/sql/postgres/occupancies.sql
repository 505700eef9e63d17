-- Which customer had which premises from when until when, as we believe now?
SELECT premises_id, customer_id, valid_from, valid_to FROM occupancy WHERE recorded_to IS NULL
