"""Admin pages of locations."""
