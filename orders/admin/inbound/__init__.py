"""Admin pages of received events and of the dry run."""
