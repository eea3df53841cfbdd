"""Reports on a merchant's orders, counted by the database on request."""
