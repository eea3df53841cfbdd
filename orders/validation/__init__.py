"""Rules that refuse an order."""
