"""The demo restaurants and the walkthrough of `make demo`."""
