"""The admin site: its configuration and start page."""
