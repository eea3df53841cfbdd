"""The role of Stream Events: tell a handler of every confirmed order (contract EV)."""
