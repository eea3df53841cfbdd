"""The REST API of the channel for front ends, with keys of its own (contract DSP-API)."""
