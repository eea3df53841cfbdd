"""Admin pages of imports and exports."""
