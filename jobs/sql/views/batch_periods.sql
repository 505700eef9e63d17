-- What did each meter do in each period?
CREATE TEMPORARY VIEW periods AS
SELECT *, start_ms AS period_ms
FROM history_rows
WHERE kind = 'period'
