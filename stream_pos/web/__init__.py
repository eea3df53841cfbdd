"""Public pages, probes, metrics and middleware."""
