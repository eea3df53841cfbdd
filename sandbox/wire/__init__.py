"""HTTP and JSON for the sandbox, and the problems found in them."""
