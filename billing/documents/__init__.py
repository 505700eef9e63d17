"""Invoices and credit notes: what they say (`invoice`), in whose words (`template`), on paper
(`pdf`), for machines (`electronic`, EN 16931) and in rows (`table`)."""
