"""Outgoing connections: address policy, pinned addresses, pooled sockets."""
