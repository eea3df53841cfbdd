"""Menus that Stream publishes to us: files of both versions, read into one form."""
