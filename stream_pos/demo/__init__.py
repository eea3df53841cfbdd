"""The demo restaurants, and the walk through the main job that `make demo` shows."""
