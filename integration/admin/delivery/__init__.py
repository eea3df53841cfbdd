"""Admin pages of events, endpoints and alarms."""
