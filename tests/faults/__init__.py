"""The fault suite: `make faults` proves that delivery loses nothing (docs/faults.md)."""
