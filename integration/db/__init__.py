"""Fast SQL: compiled statements, bulk rows, conflicts, the PostgreSQL backend."""
