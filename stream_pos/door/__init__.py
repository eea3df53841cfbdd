"""The web server's door: reads requests, limits them and hands them to lanes of threads."""
