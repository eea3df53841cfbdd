"""Runs one function in a process of its own with limits on memory, CPU time and duration."""
