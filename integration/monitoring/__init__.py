"""Monitoring of delivery: alarms and statistics."""
