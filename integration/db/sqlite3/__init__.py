"""Django's SQLite backend with the time limits of its thread."""
