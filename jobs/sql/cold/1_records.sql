-- What of a record do archive, corrections and rejects need? All of it.
CREATE TEMPORARY VIEW records AS
SELECT *
FROM readings
