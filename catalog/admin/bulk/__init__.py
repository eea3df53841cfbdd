"""Admin actions on many objects at once."""
