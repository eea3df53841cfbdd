"""HTTP and JSON as the sandbox speaks them, and what it finds wrong in them."""
