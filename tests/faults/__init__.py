"""The fault suite: `make faults` checks that delivery loses nothing (docs/faults.md)."""
