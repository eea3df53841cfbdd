"""Public pages, health probes, metrics and middleware."""
