"""Catalog events owed to Stream (contract WH)."""
