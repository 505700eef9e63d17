-- Which meter counts for which premises from when until when, as we believe now?
SELECT
    register_id AS meter_id, commodity, premises_id, site_id, time_zone, direction, source,
    cadence_ms, size_mwh::numeric / 1000 AS size_wh, multiplier, max_w, valid_from, valid_to
FROM installation LEFT JOIN premises USING (premises_id) LEFT JOIN site USING (site_id)
WHERE installation.recorded_to IS NULL
