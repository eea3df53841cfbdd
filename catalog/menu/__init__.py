"""Menus: loading, availability, bulk edits, price changes."""
