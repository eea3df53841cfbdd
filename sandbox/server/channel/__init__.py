"""The API and the page of the channel's role."""
