"""Runs web, worker and scheduler as the children of one command."""
