"""Forms that save what their person changed, and keep what others changed meanwhile."""
