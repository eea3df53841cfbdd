"""The events that Stream sends to the channel (contract DSP-EV)."""
