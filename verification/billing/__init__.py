"""What bills must come to, by other means: DuckDB's SQL over the raw archive.

It shares no code with `billing`. DuckDB is there in development only: it rounds and divides in its
own way, so all is whole numbers and the one rounding is written out.
"""
