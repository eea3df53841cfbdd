"""Shared parts of the staff pages: access, base view, labels, language, lines."""
