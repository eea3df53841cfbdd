"""Stream's events of the kill run, and what must have become of them."""
