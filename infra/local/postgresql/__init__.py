"""PostgreSQL: one cluster, whose log of changes others may follow."""
