"""Menu files made from the catalogs of POS locations (DSP-MENU)."""
