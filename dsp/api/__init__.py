"""The endpoints that Stream calls in the DSP role (contract DSP, 4.1)."""
