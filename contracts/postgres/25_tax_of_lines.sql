-- By how many per cent was a line taxed? A tax that is put right later is issued as a difference: what
-- was taxed otherwise is taken back, by the rate that it had. Null where a line is on no document, and
-- of what was issued before this was kept.
ALTER TABLE ledger_line ADD COLUMN tax_rate numeric(7, 4);
