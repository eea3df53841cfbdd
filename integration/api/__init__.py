"""Request bodies and errors of every endpoint that Stream calls."""
