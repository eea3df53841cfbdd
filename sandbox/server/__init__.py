"""The sandbox's own web server, page and API."""
