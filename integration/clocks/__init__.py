"""Rounds that every worker runs by its own clock, elected and recorded in the database."""
