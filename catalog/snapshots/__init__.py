"""Rendered catalogs: built by the worker, stored, served as bytes."""
