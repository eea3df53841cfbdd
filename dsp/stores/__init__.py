"""The stores of the channel: their connection and their pauses."""
