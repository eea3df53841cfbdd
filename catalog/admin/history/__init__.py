"""Admin pages of the change history."""
