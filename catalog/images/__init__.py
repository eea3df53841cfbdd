"""Uploaded pictures: reading them, keeping them, and serving them to Stream (docs/images.md)."""
