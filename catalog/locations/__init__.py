"""Locations: connection, pause, prep time, access."""
