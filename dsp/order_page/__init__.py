"""The hosted order page: the reference client of the channel's services, for guests."""
