"""`make fuzz`: generated and mutated events, each answered as the contract says (docs/fuzz.md)."""
