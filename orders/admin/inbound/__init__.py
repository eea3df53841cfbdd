"""Admin pages for received events and the dry run."""
