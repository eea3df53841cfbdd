"""The admin page of reports."""
