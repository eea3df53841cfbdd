"""Webhooks: the outbox, event types, endpoints, signatures, expiry and redaction."""
