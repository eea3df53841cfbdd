"""Drivers and delivery status."""
