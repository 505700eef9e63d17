-- Which invoices and credit notes were issued, to whom and for how much?
SELECT
    number, kind, customer_id, month, currency, net_minor, tax_minor, gross_minor, issued_at, run_id
FROM document
