"""The role of an ordering channel's Stream: menus and orders between it and a POS (DSP)."""
