"""The admin of the channel's stores."""
