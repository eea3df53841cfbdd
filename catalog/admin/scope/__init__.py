"""Limits of users to some locations, in the admin."""
