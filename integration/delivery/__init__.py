"""Delivery of events: leases, worker pool, retries, circuit breaker."""
