"""Storing of a new order: its number, and its rows in one exchange."""
