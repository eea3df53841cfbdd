"""The kill run of the ordering channel: its guests, Stream, and what must have become of them."""
