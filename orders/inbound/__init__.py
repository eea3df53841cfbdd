"""Order events from Stream: the log, intake, updates, dry run."""
