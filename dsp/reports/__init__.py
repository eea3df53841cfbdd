"""Reports about the channel."""
