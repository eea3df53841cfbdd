"""The page of the channel's numbers."""
