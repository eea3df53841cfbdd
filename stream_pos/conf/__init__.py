"""Groups of settings, one per module."""
