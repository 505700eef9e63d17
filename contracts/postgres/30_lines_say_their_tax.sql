-- By how many per cent was what is on a document taxed? Each of its lines says so.
ALTER TABLE ledger_line ADD CONSTRAINT taxed CHECK (document_id IS NULL OR tax_rate IS NOT NULL);
