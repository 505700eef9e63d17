-- What was issued to each customer, line by line, and on which document?
SELECT
    number, ledger_line_id, line.customer_id, premises_id, line.month, component, band, quantity,
    unit, minor AS net_minor, tax_category, tax_rate AS tax_per_cent, reason, recorded_at,
    line.run_id
FROM ledger_line AS line
LEFT JOIN document_line USING (ledger_line_id)
LEFT JOIN document ON document.document_id = document_line.document_id
