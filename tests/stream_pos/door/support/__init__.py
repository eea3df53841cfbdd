"""A small application behind a real door."""
