"""Compiled statements, bulk rows, conflicts, outages, time limits, the database backends."""
