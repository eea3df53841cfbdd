"""Admin pages of merchants and users."""
