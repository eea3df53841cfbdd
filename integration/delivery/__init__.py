"""Delivery of events: leases, the worker pool, retries, results and the circuit breaker."""
