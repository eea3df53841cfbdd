"""The admin of the channel's orders."""
