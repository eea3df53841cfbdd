"""The handler of Stream Events: orders that Stream confirmed in any POS (contract EV)."""
