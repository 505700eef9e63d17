"""SQL over the archive and PostgreSQL, by DuckDB, for who only reads."""
