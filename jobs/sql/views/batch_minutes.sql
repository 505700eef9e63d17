-- What did each meter do in each minute?
CREATE TEMPORARY VIEW minutes AS
SELECT *, start_ms AS minute_ms
FROM history_rows
WHERE kind = 'minute'
