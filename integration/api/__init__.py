"""Request bodies and errors of the endpoints that Stream calls."""
