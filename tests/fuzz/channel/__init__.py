"""The ordering channel: Stream's events, menu files, and the API for front ends (contract DSP)."""
