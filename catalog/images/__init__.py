"""Uploaded images: processing, storing, and serving them to Stream (docs/images.md)."""
