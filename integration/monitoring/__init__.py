"""Alarms and figures about delivery."""
