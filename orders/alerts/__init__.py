"""Alerts to staff about waiting and late orders."""
