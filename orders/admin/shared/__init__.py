"""Filters and base classes shared by the orders admin."""
