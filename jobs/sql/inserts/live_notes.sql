-- What do people say of alerts? Each note, in Redis; a record without a value is none.
INSERT INTO acknowledged (row_written)
SELECT write_live_notes(note)
FROM alert_notes
WHERE note IS NOT NULL
