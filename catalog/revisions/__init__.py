"""Revisions: a mark for every edit that may change a catalog."""
