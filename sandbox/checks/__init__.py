"""Checks of the POS's answers and webhooks against the contract."""
