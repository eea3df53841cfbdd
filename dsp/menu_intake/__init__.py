"""Menus that Stream publishes, from their announcement until they are live, and updates to them."""
