"""Runs, charges, the ledger and its documents in PostgreSQL, and what people say of them."""
