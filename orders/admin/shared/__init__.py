"""Filters and read-only parts of the orders admin."""
