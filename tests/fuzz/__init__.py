"""`make fuzz`: check the answers to generated and mutated events (docs/fuzz.md)."""
