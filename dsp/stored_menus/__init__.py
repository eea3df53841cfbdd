"""Menus as they are stored: packed, read back, and a page of them for people."""
