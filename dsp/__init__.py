"""The DSP role: our own ordering channel, whose orders Stream takes to any POS (contract DSP)."""
