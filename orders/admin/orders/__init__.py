"""Admin pages for orders."""
